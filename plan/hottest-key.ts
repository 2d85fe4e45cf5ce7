/** The key that is asked for most: whatever the settings, its batches follow one another. */
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { keyShares } from './key-shares.ts';
import type { Profile } from './profile.ts';
import { roundMs } from './settings.ts';
import { meanRequestsPerSecond, shapeOf, type Workload } from './workload.ts';

export interface HottestKey {
  readonly share: number;
  /** Readings a second of it. */
  readonly readingsPerSecond: number;
  /** So many are possible. */
  readonly ceiling: number;
  /** Mean time of a round of ten messages. */
  readonly roundMs: number;
}

export function hottestKey(workload: Workload, profile: Profile): HottestKey {
  const { readingsPerMessage, messagesPerRequest } = shapeOf(workload);
  const share = keyShares(workload.keys, workload.skew).hottest;
  const messages =
    Math.max(meanRequestsPerSecond(workload), workload.requestsPerSecond) * messagesPerRequest * share;
  const ms = roundMs(SQS_BATCH_ENTRIES_MAX, workload, profile);
  return {
    share,
    readingsPerSecond: messages * readingsPerMessage,
    ceiling: (SQS_BATCH_ENTRIES_MAX * readingsPerMessage * 1000) / ms,
    roundMs: ms,
  };
}
