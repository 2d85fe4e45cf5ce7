/** A history of the newest commits in one seed of four. */
import type { Workload } from './sample-requests.ts';

const EVERY = 4;
const FIRST = 3;
const COMMITS = 3;

export function withHistory(workload: Workload, seed: number): Workload {
  if (seed % EVERY !== FIRST) return workload;
  return { ...workload, mode: { ...workload.mode, history: COMMITS } };
}
