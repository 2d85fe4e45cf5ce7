/**
 * Wakes in one seed of sixteen, where no key stops. What a reading asks for follows from its name, so that the reference can say
 * it again; the times lie around those of the seed, some of them in the past.
 */
import type { Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 7;

export function withWakes(workload: Workload, seed: number): Workload {
  const { mode } = workload;
  if (seed % EVERY !== FIRST || mode.poison === 'stop') return workload;
  return { ...workload, mode: { ...mode, wakes: true } };
}
