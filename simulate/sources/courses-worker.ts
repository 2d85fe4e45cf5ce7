/** The courses of check-limits.ts with some sources patched: in a thread, because a patch is for all that the thread loads. */
import { parentPort, workerData } from 'node:worker_threads';
import { patchSources, type SourcePatch } from '../campaign/patch-source.ts';

export interface CheckOrder {
  readonly patches: readonly SourcePatch[];
  readonly seeds: readonly number[];
}

// Sent by try-gate-mutants.ts, which has the same type.
const { patches, seeds }: CheckOrder = workerData;
patchSources(patches);
const { checkLimits } = await import('./check-limits.ts');
const problems: string[] = [];
for (const seed of seeds) {
  problems.push(...(await checkLimits(seed)));
  if (problems.length > 0) break;
}
parentPort?.postMessage(problems);
