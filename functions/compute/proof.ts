/**
 * The proof that a message was handled. No message is acknowledged without a proof. A sequence number is no proof: numbers
 * of another queue, engine or table may be higher or lower.
 *
 * Each message that is taken in leaves one receipt. An applied message leaves its own receipt, so that every repeat is
 * recognized. A message that was parked, set aside whole or for the second time, or that is an operator's command, may come
 * back as another SQS message, which must then be processed. So it leaves the receipt of its delivery, which names only
 * this SQS message. A tombstone needs no receipt: after its turn, the item tells whose turn is next.
 *
 * A sequence number only tells whether to look. SQS's numbers grow within a group, so a message above the highest number was
 * never taken in, and nearly every message needs no look-up.
 */
import { deliveryReceiptOf, droppedReceiptOf } from '../message-ids.ts';
import { type KeyItem, padSequenceNumber } from '../state.ts';
import type { Arrival } from './arrival.ts';
import { addReceipt, type Draft } from './draft.ts';

/** What is known about repeats beyond the item: receipts in its pages, and places where a message is parked already. */
export interface Known {
  readonly receipts: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
}

/** Whether this SQS message may have been taken in before, by its sequence number. */
export function mayBeRedelivery(arrival: Arrival, base: KeyItem | undefined): boolean {
  if (base === undefined || arrival.from === 'table') return false;
  return padSequenceNumber(arrival.sequenceNumber) <= base.sequenceNumber;
}

/** Whether this SQS message was taken in before and left the receipt of its delivery. */
export function wasDelivered(arrival: Arrival, draft: Draft, known: Known): boolean {
  if (!mayBeRedelivery(arrival, draft.base)) return false;
  return isHeld(deliveryReceiptOf(arrival.messageId), draft, known);
}

/** Whether this message, or one that it repeats, was applied, or dropped when its key was forgotten. */
export function wasApplied({ receipt }: Arrival, draft: Draft, known: Known): boolean {
  if (isHeld(receipt, draft, known)) return true;
  return draft.forgotten !== undefined && isHeld(droppedReceiptOf(receipt), draft, known);
}

/** Whether the item alone has the proof, so that no page must be read. */
export function isInItem({ receipt, messageId }: Arrival, { receipts }: KeyItem): boolean {
  return receipts.includes(receipt) || receipts.includes(deliveryReceiptOf(messageId));
}

/** Call this when a message is taken in without being applied: it leaves the receipt of its delivery. */
export function noteDelivery(draft: Draft, { messageId, sentAt }: Arrival): void {
  addReceipt(draft, deliveryReceiptOf(messageId));
  draft.sentAt = Math.max(draft.sentAt, sentAt);
}

export function isHeld(receipt: string, draft: Draft, known: Known): boolean {
  return draft.held.has(receipt) || known.receipts.has(receipt);
}
