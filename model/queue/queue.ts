/**
 * An SQS queue in memory, standard or FIFO. It uses only the given clock and random numbers, so the same calls at the same
 * times give the same answers. types.ts has its interface, stock.ts holds the messages, and this file has SQS's rules for
 * the calls.
 */
import { hash } from 'node:crypto';
import { checkBatch, checkMessage, invalid } from './check-message.ts';
import { createDeduplication } from './deduplication.ts';
import { describe, type Entry } from './entry.ts';
import { createIds, type Ids } from './ids.ts';
import { completeSettings } from './queue-settings.ts';
import { SqsError } from './sqs-error.ts';
import { IN_FLIGHT_MAX, Stock } from './stock.ts';
import type {
  GivenUp,
  ListedMessage,
  LongPollOptions,
  MoveResult,
  Queue,
  QueueCounts,
  QueueOptions,
  QueueSettings,
  ReceivedMessage,
  ReceiveOptions,
  SendResult,
  SqsMessage,
  World,
} from './types.ts';
import { createWakeUps, type WakeUps } from './wake-ups.ts';

const RECEIVE_MAX = 10;
const VISIBILITY_TIMEOUT_MS_MAX = 12 * 3_600_000;
const PURGE_INTERVAL_MS = 60_000;
/** How far a message may move from its place in a shuffled standard queue. */
const SHUFFLE_REACH = 20;

export function createQueue(options: QueueOptions, world: World): Queue {
  return new MemoryQueue(completeSettings(options), world);
}

class MemoryQueue implements Queue {
  readonly settings: QueueSettings;
  readonly #world: World;
  readonly #ids: Ids;
  readonly #stock: Stock;
  readonly #wakeUps: WakeUps;
  readonly #deduplication = createDeduplication();
  #purgedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: QueueSettings, world: World) {
    this.settings = settings;
    this.#world = world;
    this.#ids = createIds(settings.name, world.random);
    this.#wakeUps = createWakeUps(world.clock, {
      settle: () => this.#settle(),
      take: (options) => this.#take(options),
      nextVisibleAt: () => this.#stock.nextVisibleAt,
    });
    this.#stock = new Stock(settings, this.#wakeUps.changed);
  }

  send(message: SqsMessage): SendResult {
    checkMessage(message, this.settings);
    const now = this.#settle();
    const { delayMs = this.settings.delayMs, ...content } = message;
    const delayedUntil = delayMs > 0 ? now + delayMs : undefined;
    const messageId = this.#ids.messageId();
    const sent = {
      ...content,
      attributes: message.attributes ?? {},
      messageId,
      sentAt: Math.floor(now),
      receiveCount: 0,
    };
    if (!this.settings.fifo) {
      this.#stock.add(sent, delayedUntil, this.#reach());
      return { messageId, duplicate: false };
    }
    const deduplicationId = message.deduplicationId ?? hash('sha256', message.body);
    const perGroup = this.settings.deduplicationScope === 'messageGroup';
    // Neither id can contain a space, so the combination is unambiguous.
    const known = perGroup ? `${message.group} ${deduplicationId}` : deduplicationId;
    const earlier = this.#deduplication.find(known, now);
    if (earlier !== undefined) return { ...earlier, duplicate: true };
    const sequenceNumber = this.#ids.sequenceNumber(now);
    this.#deduplication.remember(known, now, { messageId, sequenceNumber });
    this.#stock.add({ ...sent, deduplicationId, sequenceNumber }, delayedUntil, 0);
    return { messageId, sequenceNumber, duplicate: false };
  }

  sendBatch(messages: readonly SqsMessage[]): (SendResult | SqsError)[] {
    checkBatch(messages);
    return messages.map((message) => {
      try {
        return this.send(message);
      } catch (error) {
        if (error instanceof SqsError) return error;
        throw error;
      }
    });
  }

  receiveNow(options: ReceiveOptions = {}): ReceivedMessage[] {
    checkReceive(options);
    // At this limit, a short poll of a standard queue gets an error. A long poll or a FIFO queue just gets no messages.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
    this.#settle();
    if (!this.settings.fifo && this.#stock.inFlight >= IN_FLIGHT_MAX) {
      throw new SqsError(
        'OverLimit',
        `Too many messages are in flight: at most ${IN_FLIGHT_MAX} are allowed.`,
      );
    }
    return this.#take(options);
  }

  async receive(options: LongPollOptions = {}): Promise<ReceivedMessage[]> {
    const { waitMs = 0, signal, ...what } = options;
    if (signal?.aborted === true) return [];
    if (waitMs <= 0) return this.receiveNow(what);
    checkReceive(what);
    const messages = this.#take(what);
    return messages.length > 0 ? messages : this.#wakeUps.poll({ ...options, waitMs });
  }

  delete(receiptHandle: string): void {
    const { entry, latest } = this.#holding(receiptHandle);
    if (entry === undefined) return;
    if (this.settings.fifo && !(latest && entry.status === 'inFlight')) {
      invalid('ReceiptHandle', receiptHandle, 'The receipt handle has expired.');
    }
    // A standard queue accepts an old handle, but deletes the message only if nobody has received it since.
    if (latest) this.#stock.remove(entry);
  }

  changeVisibility(receiptHandle: string, timeoutMs: number): void {
    checkVisibilityTimeout(timeoutMs);
    const { entry, latest, now } = this.#holding(receiptHandle);
    if (entry === undefined || !latest) {
      const reason = 'Message does not exist or is not available for visibility timeout change.';
      invalid('ReceiptHandle', receiptHandle, reason);
    }
    if (entry.status !== 'inFlight') {
      throw new SqsError('MessageNotInflight', `The message of handle ${receiptHandle} is not in flight.`);
    }
    if (now + timeoutMs > entry.lastReceivedAt + VISIBILITY_TIMEOUT_MS_MAX) {
      const reason = 'Total VisibilityTimeout for the message is beyond the limit [43200 seconds]';
      invalid('VisibilityTimeout', timeoutMs / 1000, reason);
    }
    this.#stock.postpone(entry, now + timeoutMs);
  }

  counts(): QueueCounts {
    return this.#stock.counts(this.#settle());
  }

  list(): ListedMessage[] {
    this.#settle();
    return this.#stock.list().map((entry) => ({
      ...describe(entry),
      status: entry.status,
      ...(entry.status === 'visible' ? {} : { visibleAt: entry.dueAt }),
    }));
  }

  purge(): void {
    const now = this.#settle();
    if (now < this.#purgedAt + PURGE_INTERVAL_MS) {
      const { name } = this.settings;
      throw new SqsError('PurgeQueueInProgress', `${name} was purged less than 60 seconds ago; wait.`);
    }
    this.#purgedAt = now;
    for (const entry of this.#stock.list()) this.#stock.remove(entry);
  }

  moveTask(destination?: Queue, again = (body: string) => body): MoveResult {
    this.#settle();
    let moved = 0;
    let withoutSource = 0;
    for (const entry of this.#stock.list()) {
      const target = destination ?? entry.source;
      if (entry.status !== 'visible') continue;
      if (target === undefined) {
        withoutSource += 1;
        continue;
      }
      const { body, attributes, attributeTypes, traceHeader, group, deduplicationId } = entry.message;
      target.send({ body: again(body), attributes, attributeTypes, traceHeader, group, deduplicationId });
      this.#stock.remove(entry);
      moved += 1;
    }
    return { moved, withoutSource };
  }

  onChange(listener: () => void): () => void {
    return this.#wakeUps.listen(listener);
  }

  takeOver({ source, ...message }: GivenUp): void {
    const now = this.#settle();
    const given = { ...message, deadLetterSourceArn: source.settings.arn };
    // In a standard dead-letter queue a message keeps its sent time, and so its retention. In a FIFO one both start again.
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
    const renewed = this.settings.fifo && {
      sentAt: Math.floor(now),
      sequenceNumber: this.#ids.sequenceNumber(now),
      deduplicationId: message.messageId,
    };
    this.#stock.add({ ...given, ...renewed }, undefined, this.#reach(), source);
  }

  #settle(): number {
    const now = this.#world.clock.now();
    this.#stock.settle(now);
    return now;
  }

  #take({
    max = 1,
    visibilityTimeoutMs = this.settings.visibilityTimeoutMs,
  }: ReceiveOptions): ReceivedMessage[] {
    const now = this.#settle();
    const taken = this.#stock.take(max, now, now + visibilityTimeoutMs, (entry) => this.#giveUp(entry));
    return taken.map((entry) => ({
      ...entry.message,
      receiveCount: entry.receiveCount,
      firstReceivedAt: entry.firstReceivedAt ?? now,
      receiptHandle: this.#ids.receiptHandle(entry.ordinal, entry.receiveCount),
    }));
  }

  #giveUp(entry: Entry): boolean {
    const { redrive } = this.settings;
    if (redrive === undefined || entry.receiveCount < redrive.maxReceiveCount) return false;
    redrive.deadLetterQueue.takeOver({ ...describe(entry), source: this });
    return true;
  }

  /** The message of a handle, and whether nobody has received it since. */
  #holding(receiptHandle: string) {
    const { ordinal, receiveCount } = this.#ids.parseReceiptHandle(receiptHandle);
    const now = this.#settle();
    const entry = this.#stock.find(ordinal);
    return { entry, latest: entry?.receiveCount === receiveCount, now };
  }

  #reach(): number {
    return this.settings.shuffle ? Math.floor(this.#world.random() * SHUFFLE_REACH) : 0;
  }
}

function checkReceive({ max = 1, visibilityTimeoutMs = 0 }: ReceiveOptions): void {
  if (!Number.isInteger(max) || max < 1 || max > RECEIVE_MAX) {
    invalid('MaxNumberOfMessages', max, `Must be between 1 and ${RECEIVE_MAX}, if provided.`);
  }
  checkVisibilityTimeout(visibilityTimeoutMs);
}

function checkVisibilityTimeout(timeoutMs: number): void {
  if (timeoutMs >= 0 && timeoutMs <= VISIBILITY_TIMEOUT_MS_MAX) return;
  invalid('VisibilityTimeout', timeoutMs / 1000, 'Must be between 0 and 43200.');
}
