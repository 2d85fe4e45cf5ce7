/**
 * A worker of a campaign: patches the sources, then runs the seeds that it is given. Each set of patches
 * needs its own thread, because loaded modules cannot be patched again.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { addCounters, type Counters, createCounters } from '../oracle/counters.ts';
import { installAbort } from '../world/abort.ts';
import { knobPatches } from '../world/knobs.ts';
import { patchSources, type SourcePatch } from './patch-source.ts';
import type { Run, Until } from './run-seed.ts';

export interface WorkerData {
  readonly patches: readonly SourcePatch[];
}

export interface SeedsToRun {
  readonly seeds: readonly number[];
  readonly until: Until;
  readonly keepTrace: boolean;
}

export interface RunsSummary {
  readonly seeds: number;
  readonly requests: number;
  readonly applied: number;
  readonly accepted: number;
  readonly counters: Counters;
  readonly failed: readonly Run[];
  readonly heapMb: number;
}

/** One seed in this many runs twice, and both runs must be identical. */
const REPEATED_SEEDS = 50;

const { patches }: WorkerData = workerData;
patchSources([...knobPatches, ...patches]);
// Errors are frequent here, and their stacks cost more than the errors.
Error.stackTraceLimit = 0;
installAbort();
const { runSeed } = await import('./run-seed.ts');

async function runSeeds({ seeds, until, keepTrace }: SeedsToRun): Promise<RunsSummary> {
  const counters = createCounters();
  const failed: Run[] = [];
  let [requests, applied, accepted] = [0, 0, 0];
  for (const seed of seeds) {
    const run = await runSeed(seed, keepTrace, until);
    addCounters(counters, run.counters);
    requests += run.requests;
    applied += run.applied;
    accepted += run.accepted;
    const violations = [...run.violations];
    if (seed % REPEATED_SEEDS === 0 && (await runSeed(seed, false, until)).hash !== run.hash) {
      violations.push({ invariant: 'determinism', text: 'the same seed took another course' });
    }
    if (violations.length > 0 || keepTrace) failed.push({ ...run, violations });
  }
  const heapMb = Math.round(process.memoryUsage().heapUsed / 1_048_576);
  return { seeds: seeds.length, requests, applied, accepted, counters, failed, heapMb };
}

parentPort?.on('message', async (order: SeedsToRun) => {
  parentPort?.postMessage(await runSeeds(order));
});
