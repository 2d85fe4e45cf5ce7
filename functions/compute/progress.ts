/**
 * The progress of a message in the draft: applied in part, so that the rest continues where it was cut; one of several of
 * its request, so that all of them come from one read; or done, with its receipt.
 */

import { receiptOf, requestHashOf } from '../message-ids.ts';
import type { ReadingsMessage } from '../readings.ts';
import type { Arrival } from './arrival.ts';
import { addReceipt, type Draft } from './draft.ts';
import type { Ordering } from './ordering.ts';
import { isHeld, type Known, noteDelivery } from './proof.ts';

/** `applied`: whether anything of it was, in this fold. */
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
  // A reading that came back by itself and was set aside once more may come back again: that is no repeat. Of a wake that was
  // applied the item says that nobody waits for it any more.
  if (message.kind === 'wake' && applied) return;
  if (message.kind === 'readings' && (message.index === undefined || applied)) addReceipt(draft, receipt);
  else noteDelivery(draft, arrival);
}

/** Its turn is over, whatever became of it. */
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
 * A message that SQS gave up and that is redriven may come after the last one of its request: nobody would close what it
 * opens. By then it is older than five minutes, so the pages were looked through for it (repeats.ts).
 */
function isLastApplied(draft: Draft, message: ReadingsMessage, known: Known): boolean {
  return isHeld(receiptOf({ ...message, chunk: message.of - 1 }), draft, known);
}

export function notePartly(draft: Draft, { receipt, message: { read } }: Arrival, count: number): void {
  draft.partly = [...draft.partly.filter((part) => part.receipt !== receipt), { receipt, count, read }];
}

/**
 * Whether the first readings of this message were taken from another read of its request. Then the rest is in that one: it
 * was given up by SQS, and comes when it is redriven. Counted in this one, a reading could count twice and another never.
 * A partial has no rest: it is another read of what was begun one by one.
 */
export function isBegunByAnotherRead(draft: Draft, { receipt, message }: Arrival): boolean {
  const part = draft.partly.find((each) => each.receipt === receipt);
  if (part === undefined) return false;
  const isBegunOneByOne = message.partial !== undefined && part.count > 0;
  return isBegunOneByOne || (part.read !== undefined && part.read !== message.read);
}

/** Readings of one request come from one read: a later message of it that was made by another one does not fit. */
export function isOfAnotherRead(draft: Draft, message: ReadingsMessage): boolean {
  if (message.chunk === 0 || message.index !== undefined) return false;
  const request = requestHashOf(message);
  const open = draft.open.find((entry) => entry.request === request);
  return open !== undefined && open.read !== message.read;
}
