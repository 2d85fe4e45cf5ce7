/**
 * The same pipeline deployed several times, with the keys divided among the stacks: `stack = hash(key) mod N`. Each stack has
 * queues, mappings and a table of its own, and all share the account's concurrency. A key stays in one stack, so more stacks
 * do not make it faster.
 */
import { keyShares } from './key-shares.ts';
import type { Limit } from './limit.ts';
import type { Part, Workload } from './workload.ts';

/** The workload of the busiest stack, which is the one with the most frequent key. */
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

/** The rates at which limits are reached, with one stack and with several, in the order in which several reach them. */
export function splitLimits(limits: readonly Limit[], { share }: Part): SplitLimit[] {
  return limits
    .flatMap(({ name, scope, reachedAt }) => {
      if (reachedAt === undefined || scope === 'settings') return [];
      // `reachedAt` is the rate of the busiest stack. For a limit of a stack, it is also the rate of one stack alone.
      const withAll = reachedAt / share;
      return [{ name, scope, withOne: scope === 'stack' ? reachedAt : withAll, withAll }];
    })
    .sort((a, b) => a.withAll - b.withAll);
}
