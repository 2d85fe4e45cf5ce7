/**
 * What is to become of a message, given the draft as it stands: has it been dealt with, is it its turn, must it wait,
 * or has its turn passed? All of order lives here.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { isWord, type ReadingsMessage } from '../readings.ts';
import { type KeyItem, type Position, padSequenceNumber } from '../state.ts';
import type { Draft } from './draft.ts';
import { wasApplied, wasDelivered } from './proof.ts';

export interface Arrival {
  readonly incoming: IncomingMessage;
  readonly message: ReadingsMessage;
  readonly receipt: string;
  /** Set when the message was parked and comes from the table, not from the queue. */
  readonly parkedAt?: string;
}

export type Verdict = 'done' | 'apply' | 'park' | 'late' | 'control';

/** What is known about repeats beyond the item: receipts in its pages, and places that are parked already. */
export interface Known {
  readonly receipts: ReadonlySet<string>;
  readonly places: ReadonlySet<string>;
}

export function judge(arrival: Arrival, draft: Draft, known: Known, inRequestOrder: boolean): Verdict {
  const { message, parkedAt } = arrival;
  if (wasDelivered(arrival, draft, known)) return 'done';
  if (isWord(message.kind)) return 'control';
  if (wasApplied(arrival, draft, known)) return 'done';
  const verdict = inRequestOrder && message.index === undefined ? judgeTurn(message, draft.next) : 'apply';
  if (verdict === 'done' || verdict === 'late') return verdict;
  if (verdict === 'apply' && draft.stopped === undefined) return 'apply';
  // In arrival order each message has a place of its own.
  if (parkedAt !== undefined || !inRequestOrder) return 'park';
  const place = requestPlaceOf(arrival);
  return known.places.has(place) || draft.park.some((parked) => parked.place === place) ? 'done' : 'park';
}

function judgeTurn(message: ReadingsMessage, next: Position): 'done' | 'apply' | 'park' | 'late' {
  const sequence = message.sequence ?? 0;
  const ended = message.kind === 'tombstone';
  if (sequence > next.sequence) return 'park';
  if (sequence < next.sequence) return ended ? 'done' : 'late';
  // A tombstone ends its request's turn wherever that is; what came of it before stays applied.
  if (ended || message.chunk === next.chunk) return 'apply';
  return message.chunk > next.chunk ? 'park' : 'late';
}

/** The position after a message that was applied. */
export function positionAfter(
  { kind, sequence = 0, chunk, of, index }: ReadingsMessage,
  next: Position,
): Position {
  if (index !== undefined || sequence !== next.sequence) return next;
  const last = kind === 'tombstone' || chunk + 1 >= of;
  return last ? { sequence: sequence + 1, chunk: 0 } : { sequence, chunk: chunk + 1 };
}

/** Sorts after the digits: the tombstone of a request after everything that the request did send. */
const TOMBSTONE = 'x';

/**
 * Where a message is parked: places of a key compare as text in the order in which they are to be applied. In
 * arrival order that is the order of the queue; a number that is no higher than the last one (another queue's, or
 * another engine's) is put behind it, in the order of arrival: version 7 of the item parks ...0042/7/0, ...0042/7/1.
 */
export function placeOf(arrival: Arrival, draft: Draft, inRequestOrder: boolean): string {
  if (inRequestOrder) return requestPlaceOf(arrival);
  const own = padSequenceNumber(arrival.incoming.sequenceNumber);
  if (own > draft.sequenceNumber) return own;
  const version = String(draft.base?.version ?? 0).padStart(16, '0');
  return `${draft.sequenceNumber}/${version}/${String(draft.park.length).padStart(4, '0')}`;
}

/**
 * In request order a place is the request's; the receipt keeps two requests apart that claim the same place, and a
 * reading that comes back by itself has place 0: it need not wait.
 */
export function requestPlaceOf({ message, receipt }: Arrival): string {
  const sequence = message.index === undefined ? (message.sequence ?? 0) : 0;
  const chunk = message.kind === 'tombstone' ? TOMBSTONE : String(message.chunk).padStart(6, '0');
  return `${String(sequence).padStart(16, '0')}/${chunk}/${receipt}`;
}

/** Whether the first parked message may be taken up. */
export function isRunnable(
  { parked, parkedFirst, stopped, next }: Pick<KeyItem, 'parked' | 'parkedFirst' | 'stopped' | 'next'>,
  inRequestOrder: boolean,
): boolean {
  if (parked === 0 || stopped !== undefined) return false;
  // A tombstone sorts behind its request's messages, but its turn is the whole request's.
  return !inRequestOrder || parkedFirst <= endOfPosition(next) || isTombstoneOf(next.sequence, parkedFirst);
}

function isTombstoneOf(sequence: number, place: string): boolean {
  return place.startsWith(`${String(sequence).padStart(16, '0')}/${TOMBSTONE}`);
}

/** Not before any place of that position, and before every place of a later one. */
function endOfPosition({ sequence, chunk }: Position): string {
  return `${String(sequence).padStart(16, '0')}/${String(chunk).padStart(6, '0')}/~`;
}
