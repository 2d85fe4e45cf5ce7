/** One limit, how much of it a workload uses, and the rate at which it is reached. */
import type { Confidence, Quota } from './quotas.ts';

export interface Limit {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: string;
  /** `fixed`: cannot be raised. `quota`: AWS raises it on request. `setting`: a setting of this pipeline. */
  readonly kind: 'fixed' | 'quota' | 'setting';
  readonly confidence: Confidence;
  /** What the limit applies to: each key, each deployed stack, or the account in the region. `settings` depend on the rate. */
  readonly scope: 'key' | 'stack' | 'account' | 'settings';
  /** Readings per second at which the limit is reached; undefined if it does not depend on the rate. */
  readonly reachedAt: number | undefined;
  readonly wayOut: string;
}

export type MakeLimit = ReturnType<typeof limitMaker>;

export function limitMaker(readingsPerSecond: number) {
  return (
    name: string,
    used: number,
    quota: Pick<Quota, 'value' | 'confidence'>,
    unit: string,
    kind: Limit['kind'],
    wayOut: string,
    growsWithRate = true,
  ): Limit => ({
    name,
    used,
    unit,
    kind,
    wayOut,
    scope: 'stack',
    limit: quota.value,
    confidence: quota.confidence,
    reachedAt: growsWithRate && used > 0 ? (readingsPerSecond * quota.value) / used : undefined,
  });
}
