/** A message inside the model: what was sent, what happened to it since, and its places in the queue's structures. */
import type { Positioned } from '../heap.ts';
import type { Queue, QueuedMessage } from './types.ts';

export interface Entry extends Positioned {
  readonly message: QueuedMessage;
  readonly sentAt: number;
  /** In a dead-letter queue: the queue that gave the message up. */
  readonly source: Queue | undefined;
  /** Order of arrival in this queue; also what receipt handles name. */
  readonly ordinal: number;
  /** Order of delivery on a standard queue: the ordinal, or near it when the queue shuffles. */
  readonly rank: number;

  status: 'visible' | 'inFlight' | 'delayed';
  /** When it becomes visible, unless it is. `position` is then its place among the timers, else among the visible. */
  dueAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  lastReceivedAt: number;

  /** Neighbours in order of age, and whether it is among the first that a FIFO queue looks at (arrivals.ts). */
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

/** The message, with its receives once there was one. */
export function describe(entry: Entry): QueuedMessage {
  const { message, receiveCount, firstReceivedAt } = entry;
  return firstReceivedAt === undefined ? message : { ...message, receiveCount, firstReceivedAt };
}
