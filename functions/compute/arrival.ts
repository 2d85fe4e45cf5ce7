/** A message for a fold: from the queue, or parked in the table. */

import { decodeMessage } from '../decode-readings.ts';
import type { IncomingMessage } from '../incoming-message.ts';
import { receiptOf } from '../message-ids.ts';
import type { ReadingsMessage } from '../readings.ts';
import type { ParkedMessage } from '../state-store.ts';

interface Carried {
  readonly message: ReadingsMessage;
  readonly receipt: string;
  /** The id and the attributes of the SQS message. */
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly attempts: number;
  /** Whether `message` is unchanged. Code that passes its readings to compute sets this to false. */
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
 * compute may keep the reading objects in the state and change them, so only one fold may use them. Any further fold (after
 * a conflict, an outage, a poison reading or a cut) decodes the readings again, as they were sent.
 */
export function takeReadings(arrival: Arrival): ReadingsMessage {
  const message = arrival.fresh ? arrival.message : decodeMessage(arrival.body);
  arrival.fresh = false;
  return message;
}
