/**
 * The two orders of a key: which message is next, where a message is parked, and when parked messages may be applied.
 * Places sort as text in the order in which their messages are applied.
 */
import type { Order } from '../pipeline.ts';
import { isWord, type ReadingsMessage } from '../readings.ts';
import { type KeyItem, type Position, padSequenceNumber } from '../state.ts';
import type { FromQueue } from './arrival.ts';
import type { Draft } from './draft.ts';

export type Turn = 'done' | 'apply' | 'park' | 'late';

type Waiting = Pick<KeyItem, 'parked' | 'parkedFirst' | 'stopped' | 'next' | 'gapTimer'>;

export interface Ordering {
  /** The turn of a message of readings or of a tombstone. Does not consider whether the key is stopped. */
  readonly turnOf: (message: ReadingsMessage, next: Position) => Turn;
  /** The place at which the draft would park the message. */
  readonly placeOf: (arrival: FromQueue, draft: Draft) => string;
  /** The place that all repeats of a message share; undefined if each repeat has its own. */
  readonly sharedPlaceOf: (arrival: FromQueue) => string | undefined;
  /** Whether the first parked message may be taken up. */
  readonly isRunnable: (item: Waiting) => boolean;
  /** Whether these arrivals may make a parked message due. */
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
 * The order of the queue. If the sequence number is not above the last one (it comes from another queue or engine), the
 * place is after the last one, in order of arrival: version 7 of the item parks ...0042/7/0, ...0042/7/1.
 */
function placeOfArrival({ sequenceNumber }: FromQueue, draft: Draft): string {
  const own = padSequenceNumber(sequenceNumber);
  if (own > draft.sequenceNumber) return own;
  const version = String(draft.base?.version ?? 0).padStart(16, '0');
  return `${draft.sequenceNumber}/${version}/${String(draft.park.length).padStart(4, '0')}`;
}

/** A single reading that comes back (`index` is set) does not wait: it was set aside when its turn came. */
function turnOfRequest(message: ReadingsMessage, next: Position): Turn {
  if (message.index !== undefined) return 'apply';
  const { sequence = 0, follows = sequence - 1 } = message;
  const ended = message.kind === 'tombstone';
  if (sequence < next.sequence) return ended ? 'done' : 'late';
  // The places from `follows` to `sequence` are empty. But a request that has begun at one of them is awaited to its end.
  if (sequence > next.sequence && (follows >= next.sequence || next.chunk > 0)) return 'park';
  const chunk = sequence > next.sequence ? 0 : next.chunk;
  // A tombstone ends its request's turn at any chunk. Earlier chunks stay applied.
  if (ended || message.chunk === chunk) return 'apply';
  return message.chunk > chunk ? 'park' : 'late';
}

/** Sorts after digits, so the tombstone of a request comes after all chunks of the request. */
const TOMBSTONE = 'x';

/**
 * Sequence and chunk, then the receipt, because two requests may claim one sequence. A single reading that comes back has
 * sequence 0: it does not wait. The end names the sequence that the request follows, unless that is the one just before.
 */
function placeOfRequest({ message, receipt }: FromQueue): string {
  const sequence = message.index === undefined ? (message.sequence ?? 0) : 0;
  const chunk = message.kind === 'tombstone' ? TOMBSTONE : String(message.chunk).padStart(6, '0');
  const { follows = sequence - 1 } = message;
  return `${padded(sequence)}/${chunk}/${receipt}${follows < sequence - 1 ? `/${follows}` : ''}`;
}

/** Parses a place of request order. A tombstone has chunk 0: its turn is that of the whole request. */
export function firstPlace(place: string): Position & { readonly follows: number } {
  const [first = '', chunk = '', , follows] = place.split('/');
  const sequence = Number(first);
  return {
    sequence,
    chunk: chunk === TOMBSTONE ? 0 : Number(chunk),
    follows: follows === undefined ? sequence - 1 : Number(follows),
  };
}

/** A tombstone sorts after its request's messages, but its turn is that of the whole request. */
function hasItsTurn({ parkedFirst, next }: Waiting): boolean {
  // Sorts after every place of the position `next`, and before every place of a later position.
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
