/** The queues of a world, and the oracle's view of the messages that they accept. */
import { defined } from '../../functions/defined.ts';
import type { Settings } from '../../infra/settings/settings.ts';
import { createQueue } from '../../model/queue/queue.ts';
import type { Queue, SendResult, SqsMessage } from '../../model/queue/types.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Oracle } from '../oracle/oracle.ts';
import { type Chance, createChance } from './chance.ts';

export interface Queues {
  readonly requests: Queue;
  /** In seeds with a backfill lane. */
  readonly backfill?: Queue;
  readonly requestsDead: Queue;
  readonly readings: Queue;
  readonly readingsDead: Queue;
}

/** Receives of a message of readings. SQS's limit of 1,000 would only prolong a run that fails anyway. */
const RECEIVES_MAX = 40;

interface QueuesWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly oracle: Oracle;
}

/**
 * `patience`: how often readings are received before they are given up: as the seed draws it, or very often.
 */
export function createQueues(
  seed: number,
  settings: Settings,
  patience: 'drawn' | 'long',
  isTwoLane: boolean,
  { clock, chance, oracle }: QueuesWorld,
): Queues {
  const world = { clock, random: createChance(seed, 7).random };
  const retentionMs = settings.requests.retentionDays * 86_400_000;
  const requestsDead = createQueue({ name: 'requests-dead', retentionMs }, world);
  const readingsDead = createQueue(
    { name: 'readings-dead.fifo', retentionMs, deduplicationScope: 'messageGroup' },
    world,
  );
  // Many seeds give up sooner, so that sound messages end in the dead-letter queue and are redriven.
  const receivesMax = chance.pick([3, 3, 10, RECEIVES_MAX]);
  const ofRequests = {
    retentionMs,
    shuffle: chance.happens(0.5),
    visibilityTimeoutMs: settings.requests.visibilityTimeoutSeconds * 1000,
    redrive: { maxReceiveCount: settings.requests.maxReceiveCount, deadLetterQueue: requestsDead },
  };
  const requests = createQueue({ ...ofRequests, name: 'requests' }, world);
  const readings = createQueue(
    {
      name: 'readings.fifo',
      retentionMs,
      deduplicationScope: 'messageGroup',
      visibilityTimeoutMs: settings.readings.visibilityTimeoutSeconds * 1000,
      redrive: {
        maxReceiveCount: patience === 'long' ? RECEIVES_MAX : receivesMax,
        deadLetterQueue: readingsDead,
      },
    },
    world,
  );
  const laneWorld = { clock, random: createChance(seed, 23).random };
  const backfill = isTwoLane ? createQueue({ ...ofRequests, name: 'backfill' }, laneWorld) : undefined;
  const queues = { requests, requestsDead, readings, readingsDead, ...defined({ backfill }) };
  watchAll(queues, oracle);
  return queues;
}

function watchAll(
  { requests, backfill, requestsDead, readings, readingsDead }: Queues,
  oracle: Oracle,
): void {
  watch(requests, (message) => oracle.submitted(message.body, 'live'));
  if (backfill !== undefined) watch(backfill, (message) => oracle.submitted(message.body, 'backfill'));
  watch(requestsDead, (message, _, native) => oracle.requestDeadLettered(message, native), oracle);
  watch(readings, oracle.admitted);
  watch(
    readingsDead,
    ({ body }, { sequenceNumber }, native) => oracle.deadLettered(body, native ? sequenceNumber : undefined),
    oracle,
  );
}

/**
 * Shows the oracle the messages that the queue accepts: sent, redriven, or given up by another queue, with
 * their number there.
 */
function watch(
  queue: Queue,
  seen: (message: SqsMessage, result: SendResult, native: boolean) => void,
  deadLetters?: Oracle,
): void {
  const { send, takeOver } = queue;
  queue.send = (message) => {
    const result = send.call(queue, message);
    seen(message, result, false);
    return result;
  };
  queue.takeOver = (message) => {
    takeOver.call(queue, message);
    deadLetters?.count('nativeDeadLetter');
    const { messageId, sequenceNumber } = message;
    seen(message, { messageId, duplicate: false, ...defined({ sequenceNumber }) }, true);
  };
}

export function byUrl(queues: Queues): Map<string, Queue> {
  return new Map(Object.values(queues).map((queue: Queue) => [queue.settings.url, queue] as const));
}

export function urlsOf({ requests, backfill, requestsDead, readings, readingsDead }: Queues) {
  return {
    backfill: backfill?.settings.url,
    requests: requests.settings.url,
    requestsDead: requestsDead.settings.url,
    readings: readings.settings.url,
    readingsDead: readingsDead.settings.url,
  };
}
