/** One limit that a workload takes its part of, and at what rate that part is the whole. */
import type { Confidence, Quota } from './quotas.ts';

export interface Limit {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: string;
  /** fixed: for good; quota: AWS raises it when asked; setting: of this pipeline. */
  readonly kind: 'fixed' | 'quota' | 'setting';
  readonly confidence: Confidence;
  /** Readings a second at which it is reached; undefined when it has nothing to do with the rate. */
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
    limit: quota.value,
    confidence: quota.confidence,
    reachedAt: growsWithRate && used > 0 ? (readingsPerSecond * quota.value) / used : undefined,
  });
}
