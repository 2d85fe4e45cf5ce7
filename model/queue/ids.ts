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
    messageId() {
      const hex = hex32(random) + hex32(random) + hex32(random) + hex32(random);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
    },
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

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex32(random: Random): string {
  const bits = Math.floor(random() * 2 ** 32);
  return `${HEX[bits >>> 24]}${HEX[(bits >>> 16) & 255]}${HEX[(bits >>> 8) & 255]}${HEX[bits & 255]}`;
}
