/**
 * Distributions of durations as quantile functions. Everything that the plan needs derives from them: mean, percentiles,
 * samples, the slowest of ten. A sample takes one random number, so a seed repeats a run.
 */
import type { Random } from '../functions/ports.ts';

export interface Distribution {
  readonly description: string;
  readonly mean: number;
  /** For p from 0 up to 1. Never negative or infinite. */
  quantile(p: number): number;
}

export interface LognormalShape {
  readonly median: number;
  readonly p99: number;
  /** Longer durations count as this one. */
  readonly max?: number;
}

export function constant(ms: number): Distribution {
  return { description: `${ms} ms`, mean: ms, quantile: () => ms };
}

export function lognormal({ median, p99, max = Number.MAX_VALUE }: LognormalShape): Distribution {
  const sigma = Math.log(p99 / median) / normalQuantile(0.99);
  const quantile = (p: number) => Math.min(max, median * Math.exp(sigma * normalQuantile(p)));
  const longest = max === Number.MAX_VALUE ? '' : `, at most ${max} ms`;
  return {
    description: `lognormal, median ${median} ms, p99 ${p99} ms${longest}`,
    mean: meanOf(quantile),
    quantile,
  };
}

/** Measured samples, all equally likely. */
export function sampled(samples: readonly number[]): Distribution {
  const sorted = Float64Array.from(samples).sort();
  const quantile = (p: number) => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  const mean = sorted.reduce((total, ms) => total + ms, 0) / sorted.length;
  return { description: `${sorted.length} samples, median ${quantile(0.5)} ms`, mean, quantile };
}

export function draw(distribution: Distribution, random: Random): number {
  return distribution.quantile(random());
}

/** The mean of the longest of `count` durations, for which a batch waits. */
export function meanOfLongest({ quantile }: Distribution, count: number): number {
  return meanOf((p) => quantile(p ** (1 / count)));
}

/** Share of the durations that are longer than `ms`. */
export function shareAbove({ quantile }: Distribution, ms: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (quantile(middle) > ms) high = middle;
    else low = middle;
  }
  return quantile(high * (1 - Number.EPSILON)) > ms ? 1 - low : 0;
}

const STEPS = 20_000;

function meanOf(quantile: (p: number) => number): number {
  let total = 0;
  for (let step = 0; step < STEPS; step += 1) total += quantile((step + 0.5) / STEPS);
  return total / STEPS;
}

/**
 * The quantile of the standard normal distribution with an error of 1e-9 (P. J. Acklam's rational approximation). It is cut
 * off at one in 10^12, so that no sample is infinite.
 */
export function normalQuantile(p: number): number {
  const q = Math.min(1 - 1e-12, Math.max(1e-12, p));
  if (q > 1 - TAIL) return -normalQuantile(1 - q);
  if (q < TAIL) {
    const r = Math.sqrt(-2 * Math.log(q));
    return polynomial(C, r) / (polynomial(D, r) * r + 1);
  }
  const r = (q - 0.5) ** 2;
  return ((q - 0.5) * polynomial(A, r)) / (polynomial(B, r) * r + 1);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}

const TAIL = 0.02425;
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
];
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
];
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416];
