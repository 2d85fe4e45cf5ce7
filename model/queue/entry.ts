/** A message inside the model: its content, its status, and its places in the queue's data structures. */
import type { Positioned } from '../heap.ts';
import type { Queue, QueuedMessage } from './types.ts';

export interface Entry extends Positioned {
  readonly message: QueuedMessage;
  readonly sentAt: number;
  /** In a dead-letter queue: the queue that the message comes from. */
  readonly source: Queue | undefined;
  /** Number of the message in this queue, in order of arrival. Receipt handles contain it. */
  readonly ordinal: number;
  /** Order of delivery on a standard queue: the ordinal, or a number near it if the queue shuffles. */
  readonly rank: number;

  status: 'visible' | 'inFlight' | 'delayed';
  /** When the message becomes visible. Until then `position` is its place among the timers, after that among the visible. */
  dueAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  lastReceivedAt: number;

  /** Neighbours in order of age, and whether the message is in the window of a FIFO queue (arrivals.ts). */
  older: Entry | undefined;
  newer: Entry | undefined;
  inWindow: boolean;
}

export function newEntry(
  message: QueuedMessage,
  source: Queue | undefined,
  ordinal: number,
  rank: number,
): Entry {
  return {
    message,
    sentAt: message.sentAt,
    source,
    ordinal,
    rank,
    status: 'visible',
    dueAt: 0,
    receiveCount: message.receiveCount,
    firstReceivedAt: message.firstReceivedAt,
    lastReceivedAt: 0,
    older: undefined,
    newer: undefined,
    inWindow: false,
    position: -1,
  };
}

/** The message, with its receive count and first receive time if it was received. */
export function describe(entry: Entry): QueuedMessage {
  const { message, receiveCount, firstReceivedAt } = entry;
  return firstReceivedAt === undefined ? message : { ...message, receiveCount, firstReceivedAt };
}
