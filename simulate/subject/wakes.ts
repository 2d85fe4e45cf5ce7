/**
 * Wakes, in one seed of sixteen among those whose keys do not stop. The name of a reading determines the
 * wakes that it requests, so that the reference can repeat them; their times are around those of the seed,
 * some of them in the past.
 */
import type { Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 7;

export function withWakes(workload: Workload, seed: number): Workload {
  const { mode } = workload;
  if (seed % EVERY !== FIRST || mode.poison === 'stop') return workload;
  return { ...workload, mode: { ...mode, wakes: true } };
}
