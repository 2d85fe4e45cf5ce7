/** The most frequent key. Its batches follow one another with any settings. */
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { keyShares } from './key-shares.ts';
import type { Limit, MakeLimit } from './limit.ts';
import type { Profile } from './profile.ts';
import { quotas } from './quotas.ts';
import { roundMs } from './settings.ts';
import { itemBytes, meanRequestsPerSecond, shapeOf, type Workload, writeUnits } from './workload.ts';

export interface HottestKey {
  readonly share: number;
  /** Readings per second of this key. */
  readonly readingsPerSecond: number;
  /** The most readings per second that the key can handle. */
  readonly ceiling: number;
  /** Mean time of a round of ten messages. */
  readonly roundMs: number;
}

export function hottestKey(workload: Workload, profile: Profile): HottestKey {
  const { readingsPerMessage, messagesPerRequest } = shapeOf(workload);
  const share = workload.part?.hottest ?? keyShares(workload.keys, workload.skew).hottest;
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

/** The limits of the key's message group and of its item. */
export function keyLimits(workload: Workload, profile: Profile, limit: MakeLimit): Limit[] {
  const hottest = hottestKey(workload, profile);
  const { readingsPerMessage, messagesPerRequest } = shapeOf(workload);
  const messages = hottest.readingsPerSecond / readingsPerMessage;
  const units = (messages / SQS_BATCH_ENTRIES_MAX) * writeUnits(itemBytes(workload, 10 * readingsPerMessage));
  const spread = 'spread it over more keys, or put more readings into one request';
  const { burst } = workload;
  const arriving = (burst?.requestsPerSecond ?? 0) * messagesPerRequest * hottest.share;
  const piled = Math.max(0, arriving - hottest.ceiling / readingsPerMessage) * (burst?.seconds ?? 0);
  const limits = [
    limit(
      'hottest key, batch after batch',
      hottest.readingsPerSecond,
      { value: hottest.ceiling, confidence: 'D' },
      'readings/s',
      'fixed',
      spread,
    ),
    limit(
      'FIFO calls for one group',
      messages / SQS_BATCH_ENTRIES_MAX,
      quotas.fifoGroupCalls,
      'calls/s',
      'fixed',
      spread,
    ),
    limit(
      'writes of one item',
      units,
      quotas.partitionWriteUnits,
      'write units/s',
      'fixed',
      `${spread}, or keep its state small`,
    ),
    ...(burst === undefined
      ? []
      : [limit('FIFO backlog after a burst', piled, quotas.fifoBacklog, 'messages', 'fixed', spread, false)]),
  ];
  return limits.map((each) => ({ ...each, scope: 'key' }));
}
