/** The results of a benchmark run: values over all runs, and the curves behind some of them. */
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

/** A value over time or size, for a picture. */
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
  /** Load average of the machine at the start and the end: the load of other programs. */
  readonly load: readonly [before: number, after: number];
  readonly quick: boolean;
  readonly seed: number;
  readonly seconds: number;
}

export interface Outcome {
  readonly results: readonly Result[];
  readonly curves: readonly Curve[];
  readonly conditions: Conditions;
  /** Works whose results come from later runs. */
  readonly later?: readonly { readonly works: readonly string[]; readonly conditions: Conditions }[];
}

/** The report after a run of some works alone: their results are replaced, the others stay. */
export function putInto(report: Outcome, run: Outcome): Outcome {
  const works = [...new Set(run.results.map(({ work }) => work))];
  const other = <Named extends { readonly work: string }>({ work }: Named) =>
    !works.some((name) => work === name || work.startsWith(`${name}, `));
  const later = (report.later ?? [])
    .map((part) => ({ ...part, works: part.works.filter((name) => !works.includes(name)) }))
    .filter((part) => part.works.length > 0);
  return {
    conditions: report.conditions,
    results: [...report.results.filter(other), ...run.results],
    curves: [...report.curves.filter(other), ...run.curves],
    later: [...later, { works, conditions: run.conditions }],
  };
}

/** Collects samples; a sample that is not a number is a fault of the harness. */
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
