/**
 * Pipelines with `merge`, in one seed of sixteen. Their requests give three readings instead of one, so that
 * there is something to fold. No reading emits or skips, because a compute with merge may not.
 */
import type { Reading, ReadingKind, State } from '../oracle/reference.ts';
import { chain } from '../oracle/reference.ts';
import type { PlannedRequest, Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 3;
const REFUSED: ReadonlySet<ReadingKind> = new Set<ReadingKind>(['emits', 'emitsMany', 'skips']);
/** Readings that replace each reading of a request, all of the same key. */
const TIMES = 3;

export function withMerge(workload: Workload, seed: number): Workload {
  const { mode, requests } = workload;
  if (seed % EVERY !== FIRST || mode.wakes) return workload;
  return { ...workload, mode: { ...mode, merges: true }, requests: requests.map(withMore) };
}

function withMore(plan: PlannedRequest): PlannedRequest {
  return { ...plan, readings: (attempt) => plan.readings(attempt).flatMap(more) };
}

/** The first of them is the original reading; readings of large requests stay single. */
function more(reading: Reading): Reading[] {
  const own: Reading = REFUSED.has(reading.t) ? { ...reading, t: 'plain' } : reading;
  if (own.pad !== undefined) return [own];
  return Array.from({ length: TIMES }, (_, index) => ({
    ...own,
    s: own.s * TIMES + index,
    t: index === 0 ? own.t : 'plain',
  }));
}

/**
 * Appends the readings of `b` to those of `a`. If a partial does not match its own readings, or has another
 * state version, the result is spoiled so that the fault shows.
 */
export function mergeSample<Logged extends State>(a: Logged, b: Logged, isSecondVersion: boolean): Logged {
  const made = b.log.reduce(chain, 0);
  const own = (b.m ?? 0) > 0 ? chain(made, 'migrated') : made;
  const isSound = own === b.h && (b.m !== undefined) === isSecondVersion;
  return { ...a, h: isSound ? b.log.reduce(chain, a.h) : -1, log: [...a.log, ...b.log] };
}
