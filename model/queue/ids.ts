/**
 * Makes the ids of a queue: message ids, sequence numbers and receipt handles. They depend only on the clock, the random
 * numbers and the order of the calls.
 */
import type { Random } from '../../functions/ports.ts';
import { SqsError } from './sqs-error.ts';

export interface Ids {
  messageId(): string;
  /**
   * 20 digits that grow, never by one. They follow the clock, so that the numbers of a queue that is created again are above
   * those of the previous one, which the state table may still hold.
   */
  sequenceNumber(now: number): string;
  receiptHandle(ordinal: number, receiveCount: number): string;
  parseReceiptHandle(handle: string): { readonly ordinal: number; readonly receiveCount: number };
}

export function createIds(queueName: string, random: Random): Ids {
  const prefix = `AQEB${Buffer.from(queueName).toString('base64url')}.`;
  let sequence = 0;
  return {
    messageId: () => uuid(random),
    sequenceNumber(now) {
      sequence = Math.max(sequence, Math.floor(now * 1000)) + 2 + Math.floor(random() * 16);
      return `1884${String(sequence).padStart(16, '0')}`;
    },
    receiptHandle: (ordinal, receiveCount) => `${prefix}${ordinal.toString(36)}.${receiveCount.toString(36)}`,
    parseReceiptHandle(handle) {
      const parts = /^([0-9a-z]+)\.([0-9a-z]+)$/.exec(handle.slice(prefix.length));
      if (parts === null || !handle.startsWith(prefix)) {
        throw new SqsError(
          'ReceiptHandleIsInvalid',
          `The input receipt handle "${handle}" is not a valid receipt handle.`,
        );
      }
      return {
        ordinal: Number.parseInt(parts[1] ?? '', 36),
        receiveCount: Number.parseInt(parts[2] ?? '', 36),
      };
    },
  };
}

/** 8-4-4-4-12 digits, of which two say the kind of a UUID. */
const uuidText = Buffer.from('00000000-0000-4000-a000-000000000000');
/** For each of the four random numbers, the places of its eight digits; no place for the two fixed ones. */
const UUID_PLACES = [
  [0, 1, 2, 3, 4, 5, 6, 7],
  [9, 10, 11, 12, undefined, 15, 16, 17],
  [undefined, 20, 21, 22, 24, 25, 26, 27],
  [28, 29, 30, 31, 32, 33, 34, 35],
] as const;
const DIGITS = Buffer.from('0123456789abcdef');

/** Written into a buffer: joined parts would be a tree of strings for each message that waits. */
function uuid(random: Random): string {
  for (const places of UUID_PLACES) {
    let bits = Math.floor(random() * 2 ** 32);
    for (const place of places) {
      if (place !== undefined) uuidText[place] = DIGITS[bits >>> 28] ?? 0;
      bits <<= 4;
    }
  }
  return uuidText.toString('latin1');
}
