/**
 * The source of a feed and its event source mapping: a stream with positions, a topic with offsets, or
 * another queue. Records are delivered again from the first one that the function did not pass on, and
 * sometimes even after it did.
 *
 * I21 feeds: the position passes a record only when it is on the requests queue, or, if it cannot be a
 * request, on the dead-letter queue with its position. The request itself is then checked like any other.
 */
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Pool } from '../campaign/pool.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { type PlannedFeed, type PlannedRequest, requestOfBody } from '../subject/sample-requests.ts';
import { createFeedShard, type FeedEntry, type FeedShard, type FeedWorld } from './feed-shard.ts';
import { mapQueue } from './queue-mapping.ts';

export interface Feed {
  /** Appends a request, or a record that cannot be one. */
  append(record: PlannedRequest | Uint8Array): void;
  /** Call it at rest. */
  check(): void;
}

const SHARDS_MAX = 3;
const DAY_MS = 86_400_000;

export function createFeed({ kind }: PlannedFeed, pool: Pool, world: FeedWorld): Feed {
  return kind === 'queue' ? queueFeed(pool, world) : streamFeed(kind, pool, world);
}

function streamFeed(kind: 'kinesis' | 'kafka', pool: Pool, world: FeedWorld): Feed {
  const { chance, clock, oracle, queues } = world;
  const passed = ({ plan }: FeedEntry) => {
    if (plan !== undefined && !isOnItsWay(plan, oracle))
      oracle.broken('I21 feeds', `the position is behind #${plan.n}, which is on no queue`, kind);
  };
  const shards: readonly FeedShard[] = Array.from({ length: chance.whole(1, SHARDS_MAX) }, (_, index) =>
    createFeedShard(index, { kind, pool, passed }, world),
  );
  const unfit: string[] = [];
  return {
    append(record) {
      const shard = chance.pick(shards);
      const plan = record instanceof Uint8Array ? undefined : record;
      const data = record instanceof Uint8Array ? record : new TextEncoder().encode(record.body);
      const position = shard.append({ plan, data, at: clock.now() });
      if (plan !== undefined) return;
      oracle.count('recordUnfit');
      unfit.push(position);
    },
    check() {
      for (const { pending } of shards)
        if (pending > 0) oracle.broken('liveness', `${pending} records are still in the feed`, kind);
      const dead = new Set(queues.requestsDead.list().flatMap(({ attributes }) => positionIn(attributes)));
      for (const position of unfit)
        if (!dead.has(position))
          oracle.broken('I21 feeds', `the record at ${position} can be no request and is nowhere`, kind);
    },
  };
}

/** A redrive turns the message id into the id. */
function positionIn(attributes: Readonly<Record<string, string>>): string[] {
  const position = attributes[REQUEST_ATTRIBUTES.messageId] ?? attributes[REQUEST_ATTRIBUTES.id];
  return position === undefined ? [] : [position];
}

function isOnItsWay({ n }: PlannedRequest, { requests }: Oracle): boolean {
  return (requests[n]?.submitted ?? 0) > 0;
}

function queueFeed(pool: Pool, world: FeedWorld): Feed {
  const { clock, chance, oracle } = world;
  const source = createQueue(
    { name: 'orders', retentionMs: 14 * DAY_MS, visibilityTimeoutMs: 180_000 },
    { clock, random: chance.random },
  );
  const nothing = () => {};
  mapQueue(
    {
      queue: source,
      pool,
      concurrency: chance.whole(1, 3),
      pollMsMax: chance.spread(5, 3_000),
      batchSize: 10,
      timeoutMs: 30_000,
      describe: ({ body, receiveCount }) => `record #${requestOfBody(body)} (receive ${receiveCount})`,
      invoking: nothing,
      answered: nothing,
      deleted: ({ body }) => {
        const facts = oracle.requests[requestOfBody(body)];
        if (facts !== undefined && facts.submitted === 0)
          oracle.broken('I21 feeds', `#${facts.plan.n} was acknowledged, and is on no queue`, 'queue');
      },
    },
    world,
  );
  return {
    append(record) {
      if (!(record instanceof Uint8Array)) source.send({ body: record.body });
    },
    check() {
      const { visible, inFlight } = source.counts();
      if (visible + inFlight > 0)
        oracle.broken('liveness', `${visible + inFlight} records are still in the feed`, 'queue');
    },
  };
}
