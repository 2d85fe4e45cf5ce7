/** The remembered ids beside a plain Map: the same answers, for any ids at any times. */

import { expect, test } from 'vitest';
import { DEDUPLICATION_WINDOW_MS } from '../../../functions/limits.ts';
import { createDeduplication } from '../../../model/queue/deduplication.ts';
import fc from '../../properties.ts';

interface Accepted {
  readonly messageId: string;
  readonly sequenceNumber: string;
}

/** What a queue does with a message: an id that is remembered is a duplicate, any other is remembered now. */
function createPlain() {
  const held = new Map<string, { readonly until: number; readonly accepted: Accepted }>();
  return {
    find(id: string, now: number): Accepted | undefined {
      const found = held.get(id);
      return found === undefined || found.until <= now ? undefined : found.accepted;
    },
    remember(id: string, now: number, accepted: Accepted): void {
      held.set(id, { until: now + DEDUPLICATION_WINDOW_MS, accepted });
    },
  };
}

const acceptedAs = (number: number): Accepted => ({
  messageId: String(number).padStart(36, '0'),
  sequenceNumber: String(number).padStart(20, '0'),
});

/** Sends messages of these ids to both, and compares every answer. */
function compare(sends: readonly { readonly id: string; readonly afterMs: number }[]): void {
  const [real, plain] = [createDeduplication(), createPlain()];
  let now = 0;
  for (const [number, { id, afterMs }] of sends.entries()) {
    now += afterMs;
    const found = real.find(id, now);
    expect(found).toEqual(plain.find(id, now));
    if (found !== undefined) continue;
    real.remember(id, now, acceptedAs(number));
    plain.remember(id, now, acceptedAs(number));
  }
}

/** Most sends follow at once. Some come exactly when the window ends, or one millisecond before or after that. */
const afterMs = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.nat(DEDUPLICATION_WINDOW_MS / 10) },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 1 }).map((off) => DEDUPLICATION_WINDOW_MS + off) },
);

test('a queue knows each id for five minutes and gives the answer of its first message, however many ids come and go', () => {
  const few = fc.record({ id: fc.nat(150).map(String), afterMs });
  fc.assert(fc.property(fc.array(few, { maxLength: 600, size: 'max' }), compare), { numRuns: 200 });
});

test('a queue knows each of a hundred thousand ids, and forgets each of them, while it grows and after', () => {
  const ids = Array.from({ length: 100_000 }, (_, number) => ({
    id: `id-${number}`,
    afterMs: number % 7 === 0 ? 1 : 0,
  }));
  compare([...ids, ...ids.map(({ id }) => ({ id, afterMs: 20 }))]);
});
