/**
 * A shard of a stream or a partition of a topic, with the mapping that delivers its records to the function:
 * in order, retried without limit.
 */
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Pool } from '../campaign/pool.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { PlannedFeed, PlannedRequest } from '../subject/sample-requests.ts';
import type { Chance } from './chance.ts';
import type { Faults } from './faults.ts';
import type { Queues } from './world-queues.ts';

export interface FeedWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly trace: Trace;
  readonly queues: Queues;
}

export interface FeedEntry {
  readonly plan: PlannedRequest | undefined;
  readonly data: Uint8Array;
  /** Epoch ms. */
  readonly at: number;
}

export interface FeedShard {
  /** Returns the position of the record, in the feed's format. */
  append(entry: FeedEntry): string;
  /** Records that the mapping has not got past. */
  readonly pending: number;
}

interface ShardOptions {
  readonly kind: Exclude<PlannedFeed['kind'], 'queue'>;
  readonly pool: Pool;
  /** Called for each record that the position passes. */
  readonly passed: (entry: FeedEntry) => void;
}

const POLL_MS_MAX = 1_000;
const RETRY_MS_MAX = 60_000;
const BATCH_MAX = 25;
const REPEAT_SHARE = 0.2;
const TIMEOUT_MS = 30_000;

export function createFeedShard(number: number, options: ShardOptions, world: FeedWorld): FeedShard {
  const { clock, chance, faults, oracle } = world;
  const entries: FeedEntry[] = [];
  let position = 0;
  let failures = 0;
  let isRunning = false;

  const comesAgain = () => !faults.calm && !faults.healed && chance.happens(REPEAT_SHARE);

  function schedule(delayMs: number): void {
    if (isRunning || position >= entries.length) return;
    isRunning = true;
    clock.later(delayMs, () => void turn());
  }

  async function turn(): Promise<void> {
    const batch = entries.slice(position, position + chance.whole(1, BATCH_MAX));
    const done = await deliver(batch, position, number, options, world);
    isRunning = false;
    failures = done > 0 ? 0 : failures + 1;
    for (const entry of batch.slice(0, done)) options.passed(entry);
    position += done;
    if (done > 0 && (faults.strikes('streamRepeat') || comesAgain())) {
      oracle.count('recordRepeated');
      position -= chance.whole(1, done);
    }
    schedule(done > 0 ? chance.between(0, POLL_MS_MAX) : Math.min(RETRY_MS_MAX, 500 * 2 ** failures));
  }

  return {
    append(entry) {
      entries.push(entry);
      schedule(chance.between(0, POLL_MS_MAX));
      const at = entries.length - 1;
      return options.kind === 'kafka' ? `feed/${number}/${at}` : `feed/${shardName(number)}/${at}`;
    },
    get pending() {
      return entries.length - position;
    },
  };
}

/** How many records, from the first, are done. */
async function deliver(
  batch: readonly FeedEntry[],
  from: number,
  shard: number,
  { kind, pool }: ShardOptions,
  { faults, oracle, trace }: FeedWorld,
): Promise<number> {
  const warm = pool.take();
  const { environment, handler } = warm;
  const invocation = `${environment.name}/${environment.invocation + 1}`;
  trace.add(`${invocation} takes records ${from} to ${from + batch.length - 1} of shard ${shard}`);
  let done = 0;
  try {
    const event = kind === 'kafka' ? kafkaEvent(batch, from, shard) : kinesisEvent(batch, from, shard);
    const response = await environment.invoke(() => handler(event, TIMEOUT_MS), TIMEOUT_MS);
    const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const first = batch.findIndex((_, index) => failed.has(String(from + index)));
    if (failed.size > 0 && first === -1)
      oracle.broken('I12 limits', 'the answer names records that are not in the batch', invocation);
    if (first !== -1) oracle.count('recordsReturned');
    done = first === -1 ? batch.length : first;
    if (faults.strikes('lostResponse')) {
      oracle.count('recordRepeated');
      done = 0;
    }
  } catch (error) {
    trace.add(`${invocation} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  pool.give(warm);
  return done;
}

const shardName = (shard: number): string => `shardId-${String(shard).padStart(12, '0')}`;

function kinesisEvent(batch: readonly FeedEntry[], from: number, shard: number) {
  return {
    Records: batch.map(({ data, at }, index) => ({
      eventID: `${shardName(shard)}:${from + index}`,
      eventSourceARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/feed',
      kinesis: {
        sequenceNumber: String(from + index),
        data: Buffer.from(data).toString('base64'),
        approximateArrivalTimestamp: at / 1000,
      },
    })),
  };
}

function kafkaEvent(batch: readonly FeedEntry[], from: number, partition: number) {
  return {
    records: {
      [`feed-${partition}`]: batch.map(({ data }, index) => ({
        topic: 'feed',
        partition,
        offset: from + index,
        value: Buffer.from(data).toString('base64'),
      })),
    },
  };
}
