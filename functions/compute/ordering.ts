/**
 * The two orders of a key: whose turn it is, where a message waits that has to, and when what waits may be taken up.
 * Places of a key compare as text in the order in which what is parked there is to be applied.
 */
import type { Order } from '../pipeline.ts';
import { isWord, type ReadingsMessage } from '../readings.ts';
import { type KeyItem, type Position, padSequenceNumber } from '../state.ts';
import type { FromQueue } from './arrival.ts';
import type { Draft } from './draft.ts';

export type Turn = 'done' | 'apply' | 'park' | 'late';

type Waiting = Pick<KeyItem, 'parked' | 'parkedFirst' | 'stopped' | 'next'>;

export interface Ordering {
  /** Whose turn a message of readings or a tombstone is, whether or not the key stands still. */
  readonly turnOf: (message: ReadingsMessage, next: Position) => Turn;
  /** Where the draft would park it. */
  readonly placeOf: (arrival: FromQueue, draft: Draft) => string;
  /** The place that all repeats of a message have in common; undefined where each has one of its own. */
  readonly sharedPlaceOf: (arrival: FromQueue) => string | undefined;
  /** Whether the first parked message may be taken up. */
  readonly isRunnable: (item: Waiting) => boolean;
  /** Whether these arrivals may bring up the turn of what is parked, where it has not come yet. */
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
  mayWake(arrivals, { parkedFirst }) {
    const first = Number(parkedFirst.split('/')[0]);
    return hasWord(arrivals) || arrivals.some(({ message }) => (message.sequence ?? 0) >= first - 1);
  },
  after: positionAfter,
};

/**
 * The order of the queue. A number that is no higher than the last one (another queue's, or another engine's) is put
 * behind it, in the order of arrival: version 7 of the item parks ...0042/7/0, ...0042/7/1.
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
  const sequence = message.sequence ?? 0;
  const ended = message.kind === 'tombstone';
  if (sequence > next.sequence) return 'park';
  if (sequence < next.sequence) return ended ? 'done' : 'late';
  // A tombstone ends its request's turn wherever that is; what came of it before stays applied.
  if (ended || message.chunk === next.chunk) return 'apply';
  return message.chunk > next.chunk ? 'park' : 'late';
}

/** Sorts after the digits: the tombstone of a request after everything that the request did send. */
const TOMBSTONE = 'x';

/**
 * The place of the request; the receipt keeps two requests apart that claim the same one, and a reading that comes back
 * by itself has place 0: it need not wait.
 */
function placeOfRequest({ message, receipt }: FromQueue): string {
  const sequence = message.index === undefined ? (message.sequence ?? 0) : 0;
  const chunk = message.kind === 'tombstone' ? TOMBSTONE : String(message.chunk).padStart(6, '0');
  return `${padded(sequence)}/${chunk}/${receipt}`;
}

/** A tombstone sorts behind its request's messages, but its turn is the whole request's. */
function hasItsTurn({ parkedFirst, next: { sequence, chunk } }: Waiting): boolean {
  // Not before any place of the position, and before every place of a later one.
  const end = `${padded(sequence)}/${String(chunk).padStart(6, '0')}/~`;
  return parkedFirst <= end || parkedFirst.startsWith(`${padded(sequence)}/${TOMBSTONE}`);
}

function positionAfter({ kind, sequence = 0, chunk, of, index }: ReadingsMessage, next: Position): Position {
  if (index !== undefined || sequence !== next.sequence) return next;
  const last = kind === 'tombstone' || chunk + 1 >= of;
  return last ? { sequence: sequence + 1, chunk: 0 } : { sequence, chunk: chunk + 1 };
}

function padded(sequence: number): string {
  return String(sequence).padStart(16, '0');
}
