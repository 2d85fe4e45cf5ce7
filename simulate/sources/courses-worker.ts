/**
 * Runs the checks of the gate with patched sources, in a separate thread because a patch applies to everything that
 * a thread loads.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { patchSources, type SourcePatch } from '../campaign/patch-source.ts';
import type { Must } from './check.ts';
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
const { hedgeChecks, limitChecks } = await import('./check-limits.ts');
const { closedChecks } = await import('./check-closed.ts');
const { laneChecks } = await import('./check-lanes.ts');
const { counts, count } = createFaultCounter();
const problems: string[] = [];
const must: Must = (holds, what) => {
  if (!holds) problems.push(what);
};
// The first check that fails is the last one: a planted bug is found, and other problems would follow from the first. The
// quick ones come first, because they find most bugs.
const checks = [...limitChecks, ...laneChecks, ...closedChecks, ...hedgeChecks];
for (const seed of seeds)
  for (const check of checks) if (problems.length === 0) await check({ seed, count }, must);
parentPort?.postMessage({ problems, faults: counts } satisfies CoursesRun);
