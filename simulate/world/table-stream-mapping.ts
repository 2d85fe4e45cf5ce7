/**
 * The table's stream and its event source mapping: order by key; each batch is retried from its first failed
 * record, halved after an error, and stored with its data when its retries are used up. Sometimes a finished
 * batch is delivered again.
 */
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { Clock } from '../../functions/ports.ts';
import type { Pool } from '../campaign/pool.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Trace } from '../oracle/trace.ts';
import type { Chance } from './chance.ts';
import { received } from './dynamo-client.ts';
import type { Faults } from './faults.ts';

interface StreamWorld {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly trace: Trace;
}

interface StreamOptions {
  readonly pool: Pool;
  readonly shards: number;
  readonly batchSize: number;
  readonly retryAttempts: number;
  readonly timeoutMs: number;
}

export interface Stream {
  append(image: Item): void;
  /** Records whose retries were used up; the bucket has them whole. */
  readonly undelivered: readonly Item[];
  /** Records that the mapping has not passed yet. */
  readonly pending: number;
  /** Pauses on an operator's behalf: batches in progress finish, and no more are taken. */
  pause(wanted: boolean): void;
  /** Drops undelivered records. */
  discard(matches: (image: Item) => boolean): void;
}

const RETRY_MS_MAX = 60_000;
const POLL_MS_MAX = 300;

interface StreamEntry {
  readonly sequence: number;
  readonly image: Item;
}

export function createStream(options: StreamOptions, world: StreamWorld): Stream {
  let undelivered: Item[] = [];
  let paused = false;
  const putAside = (images: readonly Item[]) => undelivered.push(...images);
  let sequence = 0;
  const shards = Array.from({ length: options.shards }, (_, index) =>
    createShard(index, options, world, { putAside, isPaused: () => paused }),
  );
  return {
    append(image) {
      // The mapping's filter, as in infra/event-source-mappings.ts.
      const sortKey = image['sk']?.S ?? '';
      const isWork = image['outputs'] !== undefined || image['waking'] !== undefined;
      const wanted = sortKey === 'state' ? isWork : sortKey.startsWith('dead/');
      if (!wanted) return;
      sequence += 1;
      shards[(image['pk']?.S ?? '').length % shards.length]?.append({ sequence, image });
    },
    get undelivered() {
      return undelivered;
    },
    pause(wanted) {
      paused = wanted;
      for (const shard of shards) shard.wake();
    },
    discard(matches) {
      undelivered = undelivered.filter((image) => !matches(image));
    },
    get pending() {
      return shards.reduce((sum, shard) => sum + shard.pending, 0);
    },
  };
}

function createShard(
  number: number,
  options: StreamOptions,
  world: StreamWorld,
  { putAside, isPaused }: { putAside: (images: readonly Item[]) => void; isPaused: () => boolean },
) {
  const { batchSize, retryAttempts } = options;
  const { clock, chance, faults, trace } = world;
  const records: StreamEntry[] = [];
  let position = 0;
  /** A stored batch is not delivered again: only an operator brings it back, later. */
  let givenUp = 0;
  let attempts = 0;
  let size = batchSize;
  let running = false;

  function schedule(delayMs: number): void {
    if (running || isPaused() || position >= records.length) return;
    running = true;
    void clock.sleep(delayMs).then(turn);
  }

  async function turn(): Promise<void> {
    if (isPaused()) {
      running = false;
      return;
    }
    const batch = records.slice(position, position + size);
    const done = await deliver(batch, number, options, world);
    running = false;
    if (done > 0) {
      position += done;
      attempts = 0;
      size = batchSize;
      if (faults.strikes('streamRepeat'))
        position = Math.max(givenUp, position - chance.whole(1, batch.length));
      schedule(chance.between(0, POLL_MS_MAX));
      return;
    }
    attempts += 1;
    size = Math.max(1, Math.ceil(Math.min(size, batch.length) / 2));
    if (attempts > retryAttempts) {
      putAside(batch.map(({ image }) => image));
      trace.add(`shard ${number} put ${batch.length} records aside`);
      position += batch.length;
      givenUp = position;
      attempts = 0;
    }
    schedule(Math.min(RETRY_MS_MAX, 500 * 2 ** attempts));
  }

  return {
    append(entry: StreamEntry): void {
      records.push(entry);
      schedule(chance.between(0, POLL_MS_MAX));
    },
    wake: () => schedule(0),
    get pending() {
      return records.length - position;
    },
  };
}

/** Number of records from the first that are finished. */
async function deliver(
  batch: readonly StreamEntry[],
  shard: number,
  { pool, timeoutMs }: StreamOptions,
  { faults, oracle, trace }: StreamWorld,
): Promise<number> {
  const warm = pool.take();
  const { environment, handler } = warm;
  const invocation = `${environment.name}/${environment.invocation + 1}`;
  trace.add(`${invocation} takes ${batch.length} records of shard ${shard}`);
  let done = 0;
  try {
    const event = {
      Records: batch.map((entry) => toRecord(entry, received(entry.image, environment, oracle))),
    };
    const response = await environment.invoke(() => handler(event, timeoutMs), timeoutMs);
    const failed = response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
    const first = batch.findIndex((entry) => failed.includes(String(entry.sequence)));
    if (failed.length > 0 && first === -1) {
      oracle.broken('I12 limits', 'the answer names records that are not in the batch', invocation);
    }
    if (failed.length > 0 && first > 0) oracle.count('partialBatchFailure');
    done = first === -1 ? batch.length : first;
    if (faults.strikes('lostResponse')) done = 0;
  } catch (error) {
    trace.add(`${invocation} failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  pool.give(warm);
  return done;
}

function toRecord({ sequence }: StreamEntry, image: Item) {
  const NewImage: Record<string, object> = {};
  for (const [name, value] of Object.entries(image)) {
    NewImage[name] = value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') };
  }
  return { eventName: 'MODIFY', dynamodb: { SequenceNumber: String(sequence), NewImage } };
}
