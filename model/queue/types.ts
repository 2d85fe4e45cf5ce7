/**
 * What an SQS queue offers, in the model's terms: plain objects, milliseconds, attributes as strings. queue.ts makes
 * one; the simulation and the event source mappings call it directly; protocol.ts puts SQS's own protocol before it.
 */
import type { Clock, OutgoingMessage, Random } from '../../functions/ports.ts';

export interface QueueSettings {
  /** Ends in .fifo for a FIFO queue, as on AWS. */
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly fifo: boolean;
  readonly visibilityTimeoutMs: number;
  readonly retentionMs: number;
  readonly delayMs: number;
  readonly deduplicationScope: 'queue' | 'messageGroup';
  readonly contentBasedDeduplication: boolean;
  readonly redrive?: { readonly maxReceiveCount: number; readonly deadLetterQueue: Queue };
  /** Standard queues: neighbouring messages change places, by the random numbers given. */
  readonly shuffle: boolean;
}

/** Only the name is needed; the rest are SQS's own defaults, and made-up arn and url. */
export type QueueOptions = Pick<QueueSettings, 'name'> & Partial<QueueSettings>;

export interface SqsMessage extends OutgoingMessage {
  /** Standard queues only; FIFO queues delay as a whole. */
  readonly delayMs?: number;
  /** Types of the attributes that are not of type String: Number, Binary (the value is base64) and labelled ones. */
  readonly attributeTypes?: Readonly<Record<string, string>>;
  readonly traceHeader?: string;
}

export interface SendResult {
  readonly messageId: string;
  /** FIFO only. */
  readonly sequenceNumber?: string;
  /** True: its deduplication id was accepted in the last five minutes; the ids are that message's. */
  readonly duplicate: boolean;
}

/** A message as the queue holds it. Times are whole epoch milliseconds by the queue's clock. */
export interface QueuedMessage extends Omit<SqsMessage, 'delayMs'> {
  readonly messageId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sequenceNumber?: string;
  readonly sentAt: number;
  readonly firstReceivedAt?: number;
  readonly receiveCount: number;
  /** In a dead-letter queue: the queue that gave the message up. */
  readonly deadLetterSourceArn?: string;
}

export interface ReceivedMessage extends QueuedMessage {
  readonly receiptHandle: string;
  readonly firstReceivedAt: number;
}

export interface ListedMessage extends QueuedMessage {
  readonly status: 'visible' | 'inFlight' | 'delayed';
  /** When it becomes visible, if it is not. */
  readonly visibleAt?: number;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max?: number;
  readonly visibilityTimeoutMs?: number;
}

export interface LongPollOptions extends ReceiveOptions {
  /** How long to wait for the first message. 0: not at all. */
  readonly waitMs?: number;
  /** Ends the wait; nothing is received then. */
  readonly signal?: AbortSignal;
}

/** Exact and fresh: what has expired by now does not count. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message, whatever its status; undefined when there is none. */
  readonly oldestAgeMs: number | undefined;
  /** When the next message in flight or delayed becomes visible by itself. */
  readonly nextVisibleAt: number | undefined;
}

export interface MoveResult {
  readonly moved: number;
  /** Messages that stayed because nobody says where they came from: they were sent here directly. */
  readonly withoutSource: number;
}

/** Refusals are thrown as SqsError. */
export interface Queue {
  readonly settings: QueueSettings;
  send(message: SqsMessage): SendResult;
  /** One SendMessageBatch: each message by itself, in order; what is wrong with the whole batch is thrown. */
  sendBatch(messages: readonly SqsMessage[]): (SendResult | Error)[];
  receive(options?: LongPollOptions): Promise<ReceivedMessage[]>;
  receiveNow(options?: ReceiveOptions): ReceivedMessage[];
  delete(receiptHandle: string): void;
  /** Counted from now. 0 makes the message visible at once. */
  changeVisibility(receiptHandle: string, timeoutMs: number): void;
  counts(): QueueCounts;
  /** All messages, oldest first. Receives nothing. */
  list(): ListedMessage[];
  purge(): void;
  /**
   * StartMessageMoveTask, done at once: what is visible becomes a new message (id, sent time, receive count) of the
   * destination, or else of the queue that it came from. Body, attributes and group are kept.
   */
  /** `again`: what is sent in place of a body, for redrives that are no task of SQS's own. */
  moveTask(destination?: Queue, again?: (body: string) => string): MoveResult;
  /** Called after something changed, once for all changes of one turn. While anybody listens, expiries count too. */
  onChange(listener: () => void): () => void;
  /** For queues: a dead-letter queue takes over what its source gave up. */
  takeOver(message: GivenUp): void;
}

export interface GivenUp extends QueuedMessage {
  readonly source: Queue;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
}
