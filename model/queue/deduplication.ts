/**
 * The deduplication ids that a FIFO queue remembers for five minutes after it accepted a message, even if the message was
 * deleted. A duplicate does not extend the time.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 *
 * A local run may accept a million messages in that time. So an id and its answer are a hundred bytes of a buffer,
 * and no objects.
 */
import { hash } from 'node:crypto';
import { DEDUPLICATION_WINDOW_MS } from '../../functions/limits.ts';

interface Accepted {
  /** 36 characters. */
  readonly messageId: string;
  /** 20 digits. */
  readonly sequenceNumber: string;
}

export interface Deduplication {
  find(id: string, now: number): Accepted | undefined;
  remember(id: string, now: number, accepted: Accepted): void;
}

/** A record: the time until which it holds (a double), the digest of the id, the message id, the sequence number. */
const DIGEST = 8;
const MESSAGE_ID = DIGEST + 20;
const SEQUENCE_NUMBER = MESSAGE_ID + 36;
const RECORD_BYTES = SEQUENCE_NUMBER + 20;
const ROOM_FIRST = 64;
const NONE = -1;

export function createDeduplication(): Deduplication {
  const digestOf = createDigest();
  let shelf = createShelf(ROOM_FIRST);
  let first = 0;
  let next = 0;

  function forget(now: number): void {
    while (first < next && shelf.until(first) <= now) first += 1;
  }

  function makeRoom(): void {
    const larger = createShelf(2 * shelf.room);
    for (let number = first; number < next; number += 1) larger.copy(number, shelf);
    shelf = larger;
  }

  return {
    find(id, now) {
      forget(now);
      const number = shelf.find(digestOf(id), first);
      return number === NONE ? undefined : shelf.accepted(number);
    },
    remember(id, now, { messageId, sequenceNumber }) {
      if (next - first === shelf.room) makeRoom();
      shelf.put(next, now + DEDUPLICATION_WINDOW_MS, digestOf(id), messageId + sequenceNumber);
      next += 1;
    },
  };
}

/**
 * Places for `room` records, a power of two. Records are numbered in order of time, and number n is at place n modulo `room`.
 * Each record names the one before it whose digest begins with the same bits. So a search goes from newer to older
 * records, and ends at the first one that is forgotten: nothing needs to be removed.
 */
interface Shelf {
  readonly room: number;
  readonly records: Buffer;
  until(number: number): number;
  put(number: number, until: number, digest: Buffer, answer: string): void;
  /** Copies a record of another shelf. */
  copy(number: number, from: Shelf): void;
  /** `first`: records before this one are forgotten. */
  find(digest: Buffer, first: number): number;
  accepted(number: number): Accepted;
}

function createShelf(room: number): Shelf {
  const records = Buffer.alloc(room * RECORD_BYTES);
  const newest = new Float64Array(room).fill(NONE);
  const before = new Float64Array(room);
  const placeOf = (number: number) => (number % room) * RECORD_BYTES;
  const bucketAt = (bytes: Buffer, place: number) => bytes.readUInt32LE(place) % room;
  const enter = (number: number) => {
    const bucket = bucketAt(records, placeOf(number) + DIGEST);
    before[number % room] = newest[bucket] ?? NONE;
    newest[bucket] = number;
  };
  return {
    room,
    records,
    until: (number) => records.readDoubleLE(placeOf(number)),
    put(number, until, digest, answer) {
      const place = placeOf(number);
      records.writeDoubleLE(until, place);
      digest.copy(records, place + DIGEST);
      records.write(answer, place + MESSAGE_ID, 'latin1');
      enter(number);
    },
    copy(number, from) {
      const start = (number % from.room) * RECORD_BYTES;
      from.records.copy(records, placeOf(number), start, start + RECORD_BYTES);
      enter(number);
    },
    find(digest, first) {
      for (
        let number = newest[bucketAt(digest, 0)] ?? NONE;
        number >= first;
        number = before[number % room] ?? NONE
      ) {
        const place = placeOf(number);
        if (digest.compare(records, place + DIGEST, place + MESSAGE_ID) === 0) return number;
      }
      return NONE;
    },
    accepted(number) {
      const text = records.toString('latin1', placeOf(number) + MESSAGE_ID, placeOf(number) + RECORD_BYTES);
      return {
        messageId: text.slice(0, SEQUENCE_NUMBER - MESSAGE_ID),
        sequenceNumber: text.slice(SEQUENCE_NUMBER - MESSAGE_ID),
      };
    },
  };
}

/** 20 bytes. No two ids of a run have the same. A new id is looked for and then remembered, so the last digest is kept. */
function createDigest(): (id: string) => Buffer {
  let last = { id: '', digest: hash('sha1', '', 'buffer') };
  return (id) => {
    if (id !== last.id) last = { id, digest: hash('sha1', id, 'buffer') };
    return last.digest;
  };
}
