/**
 * The two orders of a key: whose turn it is, where a message is parked, and when parked messages may be applied. Places of
 * a key sort as text in the order in which their messages are applied.
 */
import type { Order } from '../pipeline.ts';
import { isWord, type ReadingsMessage } from '../readings.ts';
import { type KeyItem, type Position, padSequenceNumber } from '../state.ts';
import type { FromQueue } from './arrival.ts';
import type { Draft } from './draft.ts';

export type Turn = 'done' | 'apply' | 'park' | 'late';

type Waiting = Pick<KeyItem, 'parked' | 'parkedFirst' | 'stopped' | 'next' | 'gapTimer'>;

export interface Ordering {
  /** Whether it is the turn of a message of readings or a tombstone, also for a stopped key. */
  readonly turnOf: (message: ReadingsMessage, next: Position) => Turn;
  /** Where the draft would park it. */
  readonly placeOf: (arrival: FromQueue, draft: Draft) => string;
  /** The place that all repeats of a message share; undefined if each has its own. */
  readonly sharedPlaceOf: (arrival: FromQueue) => string | undefined;
  /** Whether the first parked message may be taken up. */
  readonly isRunnable: (item: Waiting) => boolean;
  /** Whether these arrivals may make it the turn of a parked message. */
  readonly mayWake: (arrivals: readonly FromQueue[], item: Waiting) => boolean;
  /** The position after a message that was applied. */
  readonly after: (message: ReadingsMessage, next: Position) => Position;
}

export function orderingOf({ by }: Order): Ordering {
  return by === 'request' ? requestOrder : arrivalOrder;
}

const isFree = ({ parked, stopped }: Waiting) => parked > 0 && stopped === undefined;
const hasWord = (arrivals: readonly FromQueue[]) => arrivals.some(({ message }) => isWord(message.kind));

const arrivalOrder: Ordering = {
  turnOf: () => 'apply',
  placeOf: placeOfArrival,
  sharedPlaceOf: () => undefined,
  isRunnable: isFree,
  mayWake: hasWord,
  after: (_, next) => next,
};

const requestOrder: Ordering = {
  turnOf: turnOfRequest,
  placeOf: placeOfRequest,
  sharedPlaceOf: placeOfRequest,
  isRunnable: (item) => isFree(item) && hasItsTurn(item),
  mayWake(arrivals, { parkedFirst, next, gapTimer }) {
    const { follows } = firstPlace(parkedFirst);
    return (
      hasWord(arrivals) ||
      arrivals.some(
        ({ message: { sequence = 0, start = 0, request } }) =>
          sequence >= follows || start > next.sequence || request === gapTimer?.id,
      )
    );
  },
  after: positionAfter,
};

/**
 * The order of the queue. A number that is not above the last one (from another queue or engine) gets a place behind it, in
 * the order of arrival: version 7 of the item parks ...0042/7/0, ...0042/7/1.
 */
function placeOfArrival({ sequenceNumber }: FromQueue, draft: Draft): string {
  const own = padSequenceNumber(sequenceNumber);
  if (own > draft.sequenceNumber) return own;
  const version = String(draft.base?.version ?? 0).padStart(16, '0');
  return `${draft.sequenceNumber}/${version}/${String(draft.park.length).padStart(4, '0')}`;
}

/** What comes back by itself need not wait for its turn: it was set aside when that came. */
function turnOfRequest(message: ReadingsMessage, next: Position): Turn {
  if (message.index !== undefined) return 'apply';
  const { sequence = 0, follows = sequence - 1 } = message;
  const ended = message.kind === 'tombstone';
  if (sequence < next.sequence) return ended ? 'done' : 'late';
  // The places in between stay empty. Where a request of one of them has begun, its end is awaited all the same.
  if (sequence > next.sequence && (follows >= next.sequence || next.chunk > 0)) return 'park';
  const chunk = sequence > next.sequence ? 0 : next.chunk;
  // A tombstone ends its request's turn wherever that is; what came of it before stays applied.
  if (ended || message.chunk === chunk) return 'apply';
  return message.chunk > chunk ? 'park' : 'late';
}

/** Sorts after the digits: the tombstone of a request after everything that the request did send. */
const TOMBSTONE = 'x';

/**
 * The place of the request; the receipt keeps two requests apart that claim the same one, and a reading that comes back
 * by itself has place 0: it need not wait. Behind it, where it is not the place before: which one the request follows.
 */
function placeOfRequest({ message, receipt }: FromQueue): string {
  const sequence = message.index === undefined ? (message.sequence ?? 0) : 0;
  const chunk = message.kind === 'tombstone' ? TOMBSTONE : String(message.chunk).padStart(6, '0');
  const { follows = sequence - 1 } = message;
  return `${padded(sequence)}/${chunk}/${receipt}${follows < sequence - 1 ? `/${follows}` : ''}`;
}

/** What a place of request order says. Of a tombstone the chunk is 0: its turn is the whole request's. */
export function firstPlace(place: string): Position & { readonly follows: number } {
  const [first = '', chunk = '', , follows] = place.split('/');
  const sequence = Number(first);
  return {
    sequence,
    chunk: chunk === TOMBSTONE ? 0 : Number(chunk),
    follows: follows === undefined ? sequence - 1 : Number(follows),
  };
}

/** A tombstone sorts behind its request's messages, but its turn is the whole request's. */
function hasItsTurn({ parkedFirst, next }: Waiting): boolean {
  // Not before any place of the position, and before every place of a later one.
  const end = `${padded(next.sequence)}/${String(next.chunk).padStart(6, '0')}/~`;
  if (parkedFirst <= end || parkedFirst.startsWith(`${padded(next.sequence)}/${TOMBSTONE}`)) return true;
  const { sequence, chunk, follows } = firstPlace(parkedFirst);
  return sequence > next.sequence && follows < next.sequence && next.chunk === 0 && chunk === 0;
}

function positionAfter({ kind, sequence = 0, chunk, of, index }: ReadingsMessage, next: Position): Position {
  if (index !== undefined || sequence < next.sequence) return next;
  const last = kind === 'tombstone' || chunk + 1 >= of;
  return last ? { sequence: sequence + 1, chunk: 0 } : { sequence, chunk: chunk + 1 };
}

function padded(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
