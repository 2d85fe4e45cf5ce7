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
  let shelf = createShelf(ROOM_FIRST);
  let first = 0;
  let next = 0;

  function forget(now: number): void {
    while (first < next && shelf.until(first) <= now) first += 1;
  }

  function makeRoom(): void {
    const larger = createShelf(2 * shelf.room);
    for (let number = first; number < next; number += 1) larger.put(number, shelf.record(number));
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
      const record = Buffer.alloc(RECORD_BYTES);
      record.writeDoubleLE(now + DEDUPLICATION_WINDOW_MS);
      digestOf(id).copy(record, DIGEST);
      record.write(`${messageId}${sequenceNumber}`, MESSAGE_ID, 'latin1');
      shelf.put(next, record);
      next += 1;
    },
  };
}

/**
 * Places for `room` records, a power of two. Records are numbered in order of time, and number n is at place n modulo `room`.
 * Each record names the one before it whose digest begins with the same bits. So a search goes from newer to older
 * records, and ends at the first one that is forgotten: nothing needs to be removed.
 */
function createShelf(room: number) {
  const records = Buffer.alloc(room * RECORD_BYTES);
  const newest = new Float64Array(room).fill(NONE);
  const before = new Float64Array(room);
  const placeOf = (number: number) => (number % room) * RECORD_BYTES;
  const bucketOf = (digest: Buffer) => digest.readUInt32LE() % room;
  return {
    room,
    until: (number: number) => records.readDoubleLE(placeOf(number)),
    record: (number: number) => records.subarray(placeOf(number), placeOf(number) + RECORD_BYTES),
    put(number: number, record: Buffer) {
      record.copy(records, placeOf(number));
      const bucket = bucketOf(record.subarray(DIGEST));
      before[number % room] = newest[bucket] ?? NONE;
      newest[bucket] = number;
    },
    /** `first`: records before this one are forgotten. */
    find(digest: Buffer, first: number): number {
      for (
        let number = newest[bucketOf(digest)] ?? NONE;
        number >= first;
        number = before[number % room] ?? NONE
      ) {
        const place = placeOf(number);
        if (digest.compare(records, place + DIGEST, place + MESSAGE_ID) === 0) return number;
      }
      return NONE;
    },
    accepted(number: number): Accepted {
      const text = records.toString('latin1', placeOf(number) + MESSAGE_ID, placeOf(number) + RECORD_BYTES);
      return {
        messageId: text.slice(0, SEQUENCE_NUMBER - MESSAGE_ID),
        sequenceNumber: text.slice(SEQUENCE_NUMBER - MESSAGE_ID),
      };
    },
  };
}

/** 20 bytes. No two ids of a run have the same. */
function digestOf(id: string): Buffer {
  return hash('sha1', id, 'buffer');
}
