/**
 * The outcome of a request for a key, as far as the table proves it. The proof is the receipts: each message that was taken in
 * left one. A receipt does not say whether readings were applied or skipped. The key's counts do, if only one of them has
 * changed since the request came.
 */
import { droppedReceiptOf, receiptOf, requestHashOf } from '../functions/message-ids.ts';
import type { ReadingsMessage } from '../functions/readings.ts';
import type { Counts, KeyItem } from '../functions/state.ts';

export type Outcome =
  /** Nothing proves an outcome yet. docs/client.md lists all that this may mean. */
  | { readonly outcome: 'waiting'; readonly parked: number; readonly stopped: string | undefined }
  /** All readings of the request for the key are in the state. */
  | { readonly outcome: 'applied' }
  /** All readings of the request for the key were skipped. `lastSkip` is the key's newest reason, maybe for another request. */
  | { readonly outcome: 'skipped'; readonly lastSkip: string }
  /** The request is done and none of it was set aside. Its readings were applied, skipped, or some of each. */
  | { readonly outcome: 'applied-or-skipped' }
  /** The key was forgotten, and readings were dropped that belong, or may belong, to the request. */
  | { readonly outcome: 'forgotten' }
  /** Some readings of the request are in the dead-letter queue. Any others were applied or skipped. */
  | { readonly outcome: 'set-aside'; readonly readings: readonly SetAside[] };

export interface SetAside {
  readonly reason: string;
  /** The index of the request's message for this key, and of the reading in it; undefined if all its readings are. */
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
  /** The receipts of the item and of its pages. */
  readonly receipts: ReadonlySet<string>;
  readonly dead: readonly DeadOfRequest[];
  /** The key's counts before anything of the request was in it. */
  readonly before: Counts;
}

/** The most messages of one request and key that are looked for, of 256 KiB each. */
const PARTS_MAX = 256;

export function outcomeOf(request: string, { item, receipts, dead, before }: Evidence): Outcome {
  // A dead letter that was redriven and taken in no longer counts as set aside.
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

/**
 * A dropped parked message left a receipt. For dropped dead letters there is only the count, so they may be another
 * request's.
 */
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

/** Whether some of the request's messages are done, but not the last one. */
function isOpen(request: string, { open }: KeyItem): boolean {
  const hash = requestHashOf(partOf(request, 0));
  return open.some((entry) => entry.request === hash);
}

/** Whether all messages up to the last known one are done. Receipts do not tell how many messages there are. */
function isWhole(isDone: (part: number) => boolean, dead: readonly DeadOfRequest[]): boolean {
  const lastDone = partsUpTo(PARTS_MAX).findLast(isDone) ?? 0;
  const told = Math.max(1, ...dead.map(({ message }) => message.of));
  return partsUpTo(Math.max(told, lastDone + 1)).every(isDone);
}

function partsUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, part) => part);
}

/** A message with the fields from which its receipt is made. */
function partOf(request: string, chunk: number): ReadingsMessage {
  return { kind: 'readings', request, since: 0, key: '', chunk, of: 1, read: '', readings: [] };
}

/** The last dead letter of each message or reading, which may have been set aside again after a redrive. */
function newest(dead: readonly DeadOfRequest[]): DeadOfRequest[] {
  const inOrder = dead.toSorted((a, b) => a.sentAt - b.sentAt);
  return [...new Map(inOrder.map((one) => [receiptOf(one.message), one])).values()];
}

function setAsideOf({ message, reason }: DeadOfRequest): SetAside {
  return { reason, part: message.chunk, index: message.index };
}
