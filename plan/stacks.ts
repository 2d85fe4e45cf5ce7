/**
 * The same pipeline deployed several times, its keys shared out: `stack = hash(key) mod N`. Each stack has queues, mappings and a
 * table of its own; the account's concurrency is shared; and a key stays in one stack, so no number of stacks makes it quicker.
 */
import { keyShares } from './key-shares.ts';
import type { Limit } from './limit.ts';
import type { Part, Workload } from './workload.ts';

/** The workload of the stack that has most to do. */
export function partOf(workload: Workload, stacks: number): Workload {
  const { hottest } = keyShares(workload.keys, workload.skew);
  const share = hottest + (1 - hottest) / stacks;
  const { requestsPerSecond, burst, keys } = workload;
  return {
    ...workload,
    requestsPerSecond: requestsPerSecond * share,
    burst: burst && { ...burst, requestsPerSecond: burst.requestsPerSecond * share },
    keys: Math.max(1, Math.round(keys / stacks)),
    part: { stacks, share, hottest: hottest / share },
  };
}

export interface SplitLimit {
  readonly name: string;
  readonly scope: Limit['scope'];
  /** Readings a second of all stacks together. */
  readonly withOne: number;
  readonly withAll: number;
}

/** Where the limits are met that a rising rate meets, in the order in which that many stacks meet them. */
export function splitLimits(limits: readonly Limit[], { share }: Part): SplitLimit[] {
  return limits
    .flatMap(({ name, scope, reachedAt }) => {
      if (reachedAt === undefined || scope === 'settings') return [];
      // A stack's own limits are met when the stack comes to them; the others were counted for the whole.
      const withAll = reachedAt / share;
      return [{ name, scope, withOne: scope === 'stack' ? reachedAt : withAll, withAll }];
    })
    .sort((a, b) => a.withAll - b.withAll);
}
