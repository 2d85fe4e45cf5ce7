/**
 * A worker of a campaign: patches the sources, then runs seeds as it is told. A thread of its own for each, because
 * what was loaded cannot be patched again.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { knobPatches } from './knobs.ts';
import { patchSources, type SourcePatch } from './patch-source.ts';

export interface WorkerData {
  readonly patches: readonly SourcePatch[];
}

export interface Order {
  readonly seeds: readonly number[];
  readonly keepTrace: boolean;
}

const { patches }: WorkerData = workerData;
patchSources([...knobPatches, ...patches]);
const { runSeed } = await import('./run.ts');

parentPort?.on('message', async ({ seeds, keepTrace }: Order) => {
  for (const seed of seeds) parentPort?.postMessage(await runSeed(seed, keepTrace));
});
