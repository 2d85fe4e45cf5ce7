/**
 * Wakes, in one seed of sixteen. The name of a reading determines the wakes that it requests, so that the reference can
 * repeat them; their times are around those of the seed, some of them in the past. In every other of these seeds each request
 * has an id, so that keys can be restored.
 */
import type { Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 7;

export function withWakes(workload: Workload, seed: number): Workload {
  const { mode, requests } = workload;
  if (seed % EVERY !== FIRST) return workload;
  const isWithIds = seed % (2 * EVERY) !== FIRST;
  return {
    ...workload,
    mode: { ...mode, wakes: true },
    requests: requests.map((plan) => (isWithIds ? { ...plan, id: plan.id ?? `id-${plan.n}` } : plan)),
  };
}
