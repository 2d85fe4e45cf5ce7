/**
 * The progress of messages in the draft. A partly applied message continues where it was cut. If a request has several
 * messages, all must come from one read. A finished message leaves a receipt.
 */

import { receiptOf, requestHashOf } from '../message-ids.ts';
import type { ReadingsMessage } from '../readings.ts';
import type { Arrival } from './arrival.ts';
import { addReceipt, type Draft } from './draft.ts';
import type { Ordering } from './ordering.ts';
import { isHeld, type Known, noteDelivery } from './proof.ts';

/** `applied`: whether this fold applied any reading of the message. */
export function finishMessage(
  draft: Draft,
  arrival: Arrival,
  applied: boolean,
  known: Known,
  ordering: Ordering,
): void {
  const { message, receipt } = arrival;
  closeMessage(draft, arrival, known, ordering);
  if (message.kind === 'tombstone') return;
  // An applied wake needs no receipt: the item no longer waits for it. A single reading that was set aside once more may
  // come back again, which is no repeat, so only this delivery leaves a receipt.
  if (message.kind === 'wake' && applied) return;
  if (message.kind === 'readings' && (message.index === undefined || applied)) addReceipt(draft, receipt);
  else noteDelivery(draft, arrival);
}

/** Ends the turn of a message, whether it was applied or set aside. */
export function closeMessage(
  draft: Draft,
  { message, receipt }: Arrival,
  known: Known,
  ordering: Ordering,
): void {
  draft.partly = draft.partly.filter((part) => part.receipt !== receipt);
  draft.next = ordering.after(message, draft.next);
  if (message.of === 1 || message.index !== undefined) return;
  const request = requestHashOf(message);
  const isOpen = draft.open.some((entry) => entry.request === request);
  if (message.chunk + 1 === message.of) {
    if (isOpen) draft.open = draft.open.filter((entry) => entry.request !== request);
  } else if (!isOpen && !isLastApplied(draft, message, known)) {
    draft.open = [...draft.open, { request, read: message.read }];
  }
}

/**
 * A redriven message may come after the last message of its request, and no later message would then close the request. By
 * then the message is older than five minutes, so its receipts in the pages were loaded (repeats.ts).
 */
function isLastApplied(draft: Draft, message: ReadingsMessage, known: Known): boolean {
  return isHeld(receiptOf({ ...message, chunk: message.of - 1 }), draft, known);
}

export function notePartly(draft: Draft, { receipt, message: { read } }: Arrival, count: number): void {
  draft.partly = [...draft.partly.filter((part) => part.receipt !== receipt), { receipt, count, read }];
}

/**
 * Whether the first readings of this message were applied from another read of its request. Then the rest must come from
 * that read too: its message is in the dead-letter queue and comes when it is redriven. With two reads mixed, one reading
 * could count twice and another never. A partial has no rest, so it always counts as another read.
 */
export function isBegunByAnotherRead(draft: Draft, { receipt, message }: Arrival): boolean {
  const part = draft.partly.find((each) => each.receipt === receipt);
  if (part === undefined) return false;
  const isBegunOneByOne = message.partial !== undefined && part.count > 0;
  return isBegunOneByOne || (part.read !== undefined && part.read !== message.read);
}

/** All readings of a request must come from one read. True for a later message that comes from another read. */
export function isOfAnotherRead(draft: Draft, message: ReadingsMessage): boolean {
  if (message.chunk === 0 || message.index !== undefined) return false;
  const request = requestHashOf(message);
  const open = draft.open.find((entry) => entry.request === request);
  return open !== undefined && open.read !== message.read;
}
