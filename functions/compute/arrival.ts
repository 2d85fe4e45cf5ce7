/** A message of readings for a fold: from the queue, or parked in the table. */
import type { IncomingMessage } from '../incoming-message.ts';
import { receiptOf } from '../message-ids.ts';
import { decodeMessage, type ReadingsMessage } from '../readings.ts';
import type { ParkedMessage } from '../state.ts';

interface Carried {
  readonly message: ReadingsMessage;
  readonly receipt: string;
  /** SQS's id of the message that it came by, and what SQS said of that one. */
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly attempts: number;
  /** Whether `message` is as it was sent. Who hands its readings to compute says that it no longer is. */
  fresh: boolean;
}

export interface FromQueue extends Carried {
  readonly from: 'queue';
  readonly sequenceNumber: string;
}

export interface Parked extends Carried {
  readonly from: 'table';
  readonly place: string;
}

export type Arrival = FromQueue | Parked;

export function fromQueue(incoming: IncomingMessage, message: ReadingsMessage): FromQueue {
  const { messageId, body, sentAt, receiveCount: attempts, sequenceNumber } = incoming;
  const receipt = receiptOf(message);
  return { from: 'queue', message, receipt, messageId, body, sentAt, attempts, sequenceNumber, fresh: true };
}

export function fromTable({ place, messageId, body, sentAt, attempts }: ParkedMessage): Parked {
  const message = decodeMessage(body);
  const receipt = receiptOf(message);
  return { from: 'table', message, receipt, messageId, body, sentAt, attempts, place, fresh: true };
}

/**
 * A state may take readings in as they are and change them with itself, so they serve for one fold only. Whatever
 * the next one is made for (a conflict, an outage, a poison reading, a cut), it gets readings as they were sent.
 */
export function takeReadings(arrival: Arrival): ReadingsMessage {
  const message = arrival.fresh ? arrival.message : decodeMessage(arrival.body);
  arrival.fresh = false;
  return message;
}
