/**
 * The surroundings of a closed source: the queue of its requests, the table, and the fate of each request.
 */
import { defaultLimits } from '../../functions/limits.ts';
import { deriveSettings } from '../../infra/settings/settings.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Queue } from '../../model/queue/types.ts';
import { createVirtualClock, type VirtualClock } from '../../model/virtual-clock.ts';
import { type Chance, createChance } from '../world/chance.ts';
import { type Closed, DAY_MS, refusal } from './draw-closed.ts';
import type { CountFault } from './fault-counts.ts';
import { retryAfter } from './retry-after.ts';
import { createTable, type SourceTable } from './source-table.ts';

export interface ClosedWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly count: CountFault;
  readonly closed: Closed;
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly table: SourceTable;
  /** Attempts of each request, as in the table. */
  readonly attempts: Map<string, number>;
  /** One read of the source; throws like a client while it is closed. */
  readonly ask: () => Promise<void>;
  readonly asked: () => number;
  /** By request: epoch ms at which it was sent. */
  readonly sentAt: Map<number, number>;
  /** By request: epoch ms at which the readings queue accepted its readings. */
  readonly read: Map<number, number>;
  /** By request: epoch ms at which it was dead-lettered. */
  readonly dead: Map<number, number>;
}

const READ_MS = 200;

export const settings = deriveSettings(defaultLimits);

export function createClosedWorld(closed: Closed, count: CountFault): ClosedWorld {
  const clock = createVirtualClock();
  const chance = createChance(closed.seed, 22);
  const own = { clock, random: createChance(closed.seed, 23).random };
  const { retentionDays, visibilityTimeoutSeconds, maxReceiveCount } = settings.requests;
  const retentionMs = retentionDays * DAY_MS;
  const deadLetters = createQueue({ name: 'requests-dead', retentionMs }, own);
  const queue = createQueue(
    {
      name: 'requests',
      retentionMs,
      visibilityTimeoutMs: visibilityTimeoutSeconds * 1000,
      redrive: { maxReceiveCount, deadLetterQueue: deadLetters },
    },
    own,
  );
  const dead = new Map<number, number>();
  watch(deadLetters, (body) => dead.set(numberOf(body), clock.now()));
  const sentAt = new Map<number, number>();
  for (let n = 0; n < closed.requests; n += 1) {
    clock.later(chance.between(0, closed.sentMs), () => {
      sentAt.set(n, clock.now());
      queue.send({ body: JSON.stringify(n) });
    });
  }
  const { ask, asked } = sourceOf(closed, { clock, chance, count });
  const { tableFails, itemLost } = closed;
  const table = createTable({ clock, chance, count, tableFails, ...(itemLost && { itemLost }) });
  const facts = { sentAt, dead, read: new Map<number, number>(), attempts: new Map<string, number>() };
  return { clock, chance, count, closed, queue, deadLetters, table, ask, asked, ...facts };
}

export function numberOf(body: string): number {
  return Number(JSON.parse(body));
}

/** Messages that the queue accepts: from the reader, or from SQS after too many receives. */
function watch(queue: Queue, seen: (body: string) => void): void {
  const { send, takeOver } = queue;
  queue.send = (message) => {
    seen(message.body);
    return send.call(queue, message);
  };
  queue.takeOver = (message) => {
    seen(message.body);
    takeOver.call(queue, message);
  };
}

function sourceOf(
  { closedMs, says, refuses }: Closed,
  { clock, chance, count }: Pick<ClosedWorld, 'clock' | 'chance' | 'count'>,
) {
  const opensAt = clock.now() + closedMs;
  let asked = 0;
  return {
    asked: () => asked,
    async ask() {
      asked += 1;
      await clock.sleep(READ_MS * chance.between(0.5, 1.5));
      const now = clock.now();
      if (now >= opensAt) return;
      count(`refused, Retry-After: ${says}`);
      throw refusal(refuses, retryAfter(says, opensAt - now, now));
    },
  };
}
