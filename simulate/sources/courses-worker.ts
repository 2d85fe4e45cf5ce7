/**
 * Runs check-limits.ts with patched sources, in a separate thread because a patch applies to everything that
 * a thread loads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { patchSources, type SourcePatch } from '../campaign/patch-source.ts';
import { createFaultCounter, type FaultCounts } from './fault-counts.ts';

export interface CoursesRun {
  readonly problems: readonly string[];
  readonly faults: FaultCounts;
}

export interface CheckOrder {
  readonly patches: readonly SourcePatch[];
  readonly seeds: readonly number[];
}

// Sent by try-gate-mutants.ts, with the same type.
const { patches, seeds }: CheckOrder = workerData;
patchSources(patches);
const { checkLimits } = await import('./check-limits.ts');
const { checkClosed } = await import('./check-closed.ts');
const { checkLanes } = await import('./check-lanes.ts');
const { counts, count } = createFaultCounter();
const problems: string[] = [];
for (const check of [checkLimits, checkClosed, checkLanes])
  for (const seed of seeds) if (problems.length === 0) problems.push(...(await check(seed, count)));
parentPort?.postMessage({ problems, faults: counts } satisfies CoursesRun);
