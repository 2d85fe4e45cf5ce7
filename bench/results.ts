/** What a benchmark run gives: figures, each over all runs, and the curves behind some of them. */
import { spreadOf } from './quantiles.ts';

export interface Result {
  readonly work: string;
  readonly system: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** How something went over time, or over size: for a picture. */
export interface Curve {
  readonly work: string;
  readonly system: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Conditions {
  readonly date: string;
  readonly command: string;
  readonly machine: string;
  readonly versions: string;
  /** Load average of the machine at the start and at the end: what else was going on. */
  readonly load: readonly [before: number, after: number];
  readonly quick: boolean;
  readonly seed: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly curves: readonly Curve[];
  readonly conditions: Conditions;
}

/** Collects samples; a sample that is no number is a fault of the harness. */
export interface Samples {
  add(work: string, system: string, metric: string, unit: string, value: number): void;
  addCurve(curve: Curve): void;
  results(): Result[];
  curves(): Curve[];
}

export function createSamples(): Samples {
  const samples = new Map<
    string,
    { at: Pick<Result, 'work' | 'system' | 'metric' | 'unit'>; values: number[] }
  >();
  const curves = new Map<string, Curve>();
  return {
    add(work, system, metric, unit, value) {
      if (!Number.isFinite(value)) throw new Error(`${work}, ${system}: ${metric} is ${value}`);
      const name = JSON.stringify([work, system, metric]);
      const held = samples.get(name) ?? { at: { work, system, metric, unit }, values: [] };
      held.values.push(value);
      samples.set(name, held);
    },
    addCurve(curve) {
      curves.set(JSON.stringify([curve.work, curve.system]), curve);
    },
    results: () =>
      [...samples.values()].map(({ at, values }) => ({ ...at, ...spreadOf(values), runs: values.length })),
    curves: () => [...curves.values()],
  };
}
