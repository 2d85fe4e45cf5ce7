/** Plants each bug by itself and reports whether the checks find it. */
import { Worker } from 'node:worker_threads';
import type { SourcePatch } from '../campaign/patch-source.ts';
import { watchThread } from '../campaign/watch-thread.ts';
import type { CheckOrder, CoursesRun } from './courses-worker.ts';
import type { SourceMutant } from './gate-mutants.ts';

export interface Tried {
  readonly name: string;
  /** The problems found; empty: none. */
  readonly problems: readonly string[];
}

/** Processor time in ms. A bug that makes the checks hang also counts as found. */
const MS_MAX = 120_000;

export async function trySourceMutants(
  mutants: readonly SourceMutant[],
  seeds: readonly number[],
): Promise<Tried[]> {
  const tried: Tried[] = [];
  for (const mutant of mutants)
    tried.push({ name: mutant.name, problems: (await coursesWith([mutant], seeds)).problems });
  return tried;
}

export function coursesWith(patches: readonly SourcePatch[], seeds: readonly number[]): Promise<CoursesRun> {
  const worker = new Worker(new URL('./courses-worker.ts', import.meta.url), {
    workerData: { patches, seeds } satisfies CheckOrder,
  });
  return new Promise<CoursesRun>((resolve) => {
    const broken = (problem: string): CoursesRun => ({ problems: [problem], faults: {} });
    const end = (run: CoursesRun) => {
      unwatch();
      resolve(run);
    };
    const unwatch = watchThread(worker, MS_MAX, () => end(broken('the courses did not come to an end')));
    worker.on('message', end);
    worker.on('error', (error) =>
      end(broken(`the courses broke off: ${error instanceof Error ? error.message : ''}`)),
    );
  }).finally(() => worker.terminate());
}
