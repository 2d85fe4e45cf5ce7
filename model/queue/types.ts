/**
 * The interface of an SQS queue in the model: plain objects, milliseconds, attributes as strings. queue.ts implements it. The
 * simulation and the event source mappings call it directly; protocol.ts serves it by SQS's own protocol.
 */
import type { Clock, OutgoingMessage, Random } from '../../functions/ports.ts';

export interface QueueSettings {
  /** Ends with .fifo for a FIFO queue, as on AWS. */
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
  /** Standard queues: whether neighbouring messages change places at random. */
  readonly shuffle: boolean;
}

/** Only the name is required. The rest has SQS's own defaults, and an invented ARN and URL. */
export type QueueOptions = Pick<QueueSettings, 'name'> & Partial<QueueSettings>;

export interface SqsMessage extends OutgoingMessage {
  /** Standard queues only. A FIFO queue delays all messages alike. */
  readonly delayMs?: number;
  /** Types of the attributes that are not String: Number, Binary (the value is base64) and custom types. */
  readonly attributeTypes?: Readonly<Record<string, string>>;
  readonly traceHeader?: string;
}

export interface SendResult {
  readonly messageId: string;
  /** FIFO only. */
  readonly sequenceNumber?: string;
  /** True if its deduplication id was accepted in the last five minutes. The ids are then those of that message. */
  readonly duplicate: boolean;
}

/** A message as the queue holds it. Times are whole epoch ms by the queue's clock. */
export interface QueuedMessage extends Omit<SqsMessage, 'delayMs'> {
  readonly messageId: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sequenceNumber?: string;
  readonly sentAt: number;
  readonly firstReceivedAt?: number;
  readonly receiveCount: number;
  /** In a dead-letter queue: the queue that the message comes from. */
  readonly deadLetterSourceArn?: string;
}

export interface ReceivedMessage extends QueuedMessage {
  readonly receiptHandle: string;
  readonly firstReceivedAt: number;
}

export interface ListedMessage extends QueuedMessage {
  readonly status: 'visible' | 'inFlight' | 'delayed';
  /** When the message becomes visible, if it is not. */
  readonly visibleAt?: number;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max?: number;
  readonly visibilityTimeoutMs?: number;
}

export interface LongPollOptions extends ReceiveOptions {
  /** How long to wait for the first message. Default: 0, no wait. */
  readonly waitMs?: number;
  /** Ends the wait without a message. */
  readonly signal?: AbortSignal;
}

/** Exact and current: expired messages do not count. */
export interface QueueCounts {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
  /** Age of the oldest message of any status; undefined if there is none. */
  readonly oldestAgeMs: number | undefined;
  /** When the next message that is in flight or delayed becomes visible. */
  readonly nextVisibleAt: number | undefined;
}

export interface MoveResult {
  readonly moved: number;
  /** Messages that stayed because they have no source: they were sent to this queue directly. */
  readonly withoutSource: number;
}

/** A refused call throws an SqsError. */
export interface Queue {
  readonly settings: QueueSettings;
  send(message: SqsMessage): SendResult;
  /** One SendMessageBatch: sends each message separately, in order. Throws only for a problem of the whole batch. */
  sendBatch(messages: readonly SqsMessage[]): (SendResult | Error)[];
  receive(options?: LongPollOptions): Promise<ReceivedMessage[]>;
  receiveNow(options?: ReceiveOptions): ReceivedMessage[];
  delete(receiptHandle: string): void;
  /** The timeout runs from now. 0 makes the message visible at once. */
  changeVisibility(receiptHandle: string, timeoutMs: number): void;
  counts(): QueueCounts;
  /** All messages, oldest first. Does not receive them. */
  list(): ListedMessage[];
  purge(): void;
  /**
   * StartMessageMoveTask, done at once: each visible message becomes a new message (id, sent time, receive count) of the
   * destination, or else of the queue that it came from. Body, attributes and group are kept. `again` returns another body,
   * for redrives that are not SQS's own.
   */
  moveTask(destination?: Queue, again?: (body: string) => string): MoveResult;
  /** Calls the listener after changes, once for all changes of a turn. Messages that become visible or expire count too. */
  onChange(listener: () => void): () => void;
  /** Only for other queues: adds a message that its source queue gave up. */
  takeOver(message: GivenUp): void;
}

export interface GivenUp extends QueuedMessage {
  readonly source: Queue;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
}
