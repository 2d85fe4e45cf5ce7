/**
 * What became of a request at a key, as far as the table proves it. The proof is the receipts: each message of a
 * request that was taken in left one. They do not say whether its readings were applied or skipped; the key's counts do,
 * where they moved in one way only since the request was not there yet.
 */
import { droppedReceiptOf, receiptOf, requestHashOf } from '../functions/message-ids.ts';
import type { ReadingsMessage } from '../functions/readings.ts';
import type { Counts, KeyItem } from '../functions/state.ts';

export type Outcome =
  /** Nothing proves it, yet: see docs/client.md for all that this may mean. */
  | { readonly outcome: 'waiting'; readonly parked: number; readonly stopped: string | undefined }
  /** All its readings of the key are in the state. */
  | { readonly outcome: 'applied' }
  /** All its readings of the key were skipped. `lastSkip`: the key's newest reason, maybe over another request. */
  | { readonly outcome: 'skipped'; readonly lastSkip: string }
  /** It is done, and none of it was set aside; which of the two cannot be told, or both. */
  | { readonly outcome: 'applied-or-skipped' }
  /** The key was forgotten, and readings were dropped with it that are, or may be, the request's: they will not be applied. */
  | { readonly outcome: 'forgotten' }
  /** Some of its readings are in the dead-letter queue; the others, if there are any, were applied or skipped. */
  | { readonly outcome: 'set-aside'; readonly readings: readonly SetAside[] };

export interface SetAside {
  readonly reason: string;
  /** Which of the request's messages for this key, and which reading in it: undefined where it is all of them. */
  readonly part: number;
  readonly index: number | undefined;
}

/** A dead letter of the request. */
export interface DeadOfRequest {
  readonly message: ReadingsMessage;
  readonly reason: string;
  readonly sentAt: number;
}

export interface Evidence {
  readonly item: KeyItem;
  /** Of the item and its pages. */
  readonly receipts: ReadonlySet<string>;
  readonly dead: readonly DeadOfRequest[];
  /** The key's counts when nothing of the request was in it. */
  readonly before: Counts;
}

/** Messages of one request and key, 256 KiB each, that are looked for. */
const PARTS_MAX = 256;

export function outcomeOf(request: string, { item, receipts, dead, before }: Evidence): Outcome {
  // One that was redriven and taken in is not set aside any more.
  if (mayBeDropped(request, { item, receipts, before })) return { outcome: 'forgotten' };
  const aside = dead.filter(({ message }) => !receipts.has(receiptOf(message)));
  const whole = new Set(aside.flatMap(({ message }) => (message.index === undefined ? [message.chunk] : [])));
  const isDone = (part: number) => whole.has(part) || receipts.has(receiptOf(partOf(request, part)));
  if (isOpen(request, item) || !isWhole(isDone, dead)) {
    return { outcome: 'waiting', parked: item.parked, stopped: item.stopped?.reason };
  }
  if (aside.length > 0) return { outcome: 'set-aside', readings: newest(aside).map(setAsideOf) };
  if (item.counts.skipped === before.skipped) return { outcome: 'applied' };
  if (item.counts.applied === before.applied) return { outcome: 'skipped', lastSkip: item.lastSkip };
  return { outcome: 'applied-or-skipped' };
}

/** Of a message that was parked, its receipt says so; of readings that were set aside, only that there were some. */
function mayBeDropped(
  request: string,
  { item, receipts, before }: Pick<Evidence, 'item' | 'receipts' | 'before'>,
): boolean {
  if (item.forgotten === undefined) return false;
  if (item.counts.dead !== before.dead) return true;
  return partsUpTo(PARTS_MAX).some((part) =>
    receipts.has(droppedReceiptOf(receiptOf(partOf(request, part)))),
  );
}

/** Whether nothing of the request was applied or skipped yet: the item's counts are those from before. */
export function isUntouched(
  request: string,
  { item, receipts }: Pick<Evidence, 'item' | 'receipts'>,
): boolean {
  const known = new Set([...receipts, ...item.partly.map(({ receipt }) => receipt)]);
  const isKnown = (part: number) => known.has(receiptOf(partOf(request, part)));
  return !partsUpTo(PARTS_MAX).some(isKnown);
}

/** Some of its messages are done, and not yet the last one. */
function isOpen(request: string, { open }: KeyItem): boolean {
  const hash = requestHashOf(partOf(request, 0));
  return open.some((entry) => entry.request === hash);
}

/** No receipt says how many messages there are. The last one that is known of must have all others before it. */
function isWhole(isDone: (part: number) => boolean, dead: readonly DeadOfRequest[]): boolean {
  const lastDone = partsUpTo(PARTS_MAX).findLast(isDone) ?? 0;
  const told = Math.max(1, ...dead.map(({ message }) => message.of));
  return partsUpTo(Math.max(told, lastDone + 1)).every(isDone);
}

function partsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, part) => part);
}

/** As much of a message as its receipt is made of. */
function partOf(request: string, chunk: number): ReadingsMessage {
  return { kind: 'readings', request, since: 0, key: '', chunk, of: 1, read: '', readings: [] };
}

/** Of what was set aside again after a redrive only the last time. */
function newest(dead: readonly DeadOfRequest[]): DeadOfRequest[] {
  const inOrder = dead.toSorted((a, b) => a.sentAt - b.sentAt);
  return [...new Map(inOrder.map((one) => [receiptOf(one.message), one])).values()];
}

function setAsideOf({ message, reason }: DeadOfRequest): SetAside {
  return { reason, part: message.chunk, index: message.index };
}
