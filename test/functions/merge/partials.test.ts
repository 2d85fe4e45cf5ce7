/** The messages that a reader sends if the pipeline merges. */

import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { partialsOf } from '../../../functions/merge.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import { packReadings } from '../../../functions/pack.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { buildPipeline } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import fc from '../../properties.ts';
import { buildReader, buildRequest, TIME_MS } from '../reader/reader-builder.ts';
import { listing, named, pack } from './merging.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => 1_000 + n);
const hundred = named(numbers(100).map(String));
const sum = { initial: () => 0, merge: (a: unknown, b: unknown) => Number(a) + Number(b) };
const adding = buildPipeline({ ...sum, compute: (state, reading) => Number(state) + String(reading).length });

describe('a partial', () => {
  test('has the ids, the place and the group of the readings that it stands for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 20, maxLength: 40_000 }), { minLength: 2, maxLength: 30 }),
        (readings) => {
          const origin = { id: 'r', since: 5, sequence: 3 };
          const own = [...packReadings(origin, readings, () => 'k').values()].flat();
          const folded = partialsOf(adding, createInstantClock());
          const partials = [...packReadings(origin, readings, () => 'k', folded).values()].flat();
          const about = ({ body, ...message }: (typeof own)[number]) => {
            const { readings: _, partial: __, ...envelope } = decodeMessage(body);
            return { ...message, ...envelope, receipt: receiptOf(envelope) };
          };
          expect(partials.map(about)).toEqual(own.map(about));
          const lengths = own.map(({ body }) =>
            decodeMessage(body).readings.reduce((total: number, one) => total + String(one).length, 0),
          );
          for (const [index, { body, readings: count }] of partials.entries()) {
            const { partial, readings: given } = decodeMessage(body);
            if (count > 1)
              expect({ partial, given }).toEqual({
                partial: { count, stateVersion: 1 },
                given: [lengths[index]],
              });
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('is not made of one reading, or if the readings are smaller', () => {
    const isPartial = (readings: readonly unknown[], pipeline = adding) =>
      pack(pipeline, 'r', readings).map(({ body }) => decodeMessage(body).partial !== undefined);
    expect(
      isPartial(['a reading that is much longer than any number is, and longer than a partial']),
    ).toEqual([false]);
    expect(isPartial([1, 2])).toEqual([false]);
    expect(isPartial(numbers(100))).toEqual([true]);
    const growing = listing(new Set(), {
      compute: (state, reading) => [...(state as []), reading, 'x'.repeat(50)],
    });
    expect(isPartial(numbers(100), growing)).toEqual([false]);
  });

  test('is not made if a reading throws, makes no state, or uses something that the context of a partial lacks', () => {
    const readings = numbers(100);
    const spoilt = (compute: typeof adding.compute) =>
      pack({ ...adding, compute }, 'r', readings).map(({ body }) => decodeMessage(body).readings);
    const throwing = listing(new Set(['1050']));
    expect(pack(throwing, 'r', hundred).map(({ body }) => decodeMessage(body).readings)).toEqual([hundred]);
    expect(spoilt(() => undefined)).toEqual([readings]);
    expect(spoilt(() => Number.NaN)).toEqual([readings]);
    expect(spoilt(async () => 0)).toEqual([readings]);
    expect(spoilt((_, __, { emit }) => emit(1) ?? 0)).toEqual([readings]);
    expect(spoilt((_, __, { skip }) => skip('no') ?? 0)).toEqual([readings]);
    expect(spoilt((_, __, { sentAt }) => sentAt)).toEqual([readings]);
    expect(pack({ ...adding, initial: () => undefined }, 'r', readings)[0]?.body).toContain('"v":1');
  });

  test('is not made if folding takes longer than commitAfterMs, because other reads would wait', () => {
    const clock = createInstantClock();
    const slow = { ...adding, compute: (state: unknown) => clock.spend(60) ?? state };
    const fold = partialsOf(slow, clock);
    const [two, three] = [
      ['1', '2'],
      ['1', '2', '3'],
    ].map((texts) => fold?.({ key: 'k', request: 'r' }, texts));
    expect(two).toBeUndefined();
    expect(three).toBeUndefined();
    expect(
      partialsOf({ ...slow, compute: (state) => state }, clock)?.({ key: 'k', request: 'r' }, ['1', '2']),
    ).toEqual({
      state: '0',
      stateVersion: 1,
    });
  });
});

test('only a first attempt is folded to a partial; a later one sends its readings, because compute may have ended the first', async () => {
  const readings = hundred;
  const sentBy = async (receiveCount: number) => {
    const { ports, readings: sent } = buildReader({ pipeline: { ...listing(), read: async () => readings } });
    await readBatch([buildRequest('r', { receiveCount })], TIME_MS, ports);
    return sent.taken.map(({ body }) => decodeMessage(body));
  };
  const [first] = await sentBy(1);
  expect(first).toMatchObject({
    partial: { count: 100, stateVersion: 1 },
    readings: [numbers(100).map(String)],
  });
  for (const receiveCount of [2, 5]) {
    const [later] = await sentBy(receiveCount);
    expect(later).toMatchObject({ read: first?.read, chunk: 0, of: 1, readings });
    expect(later?.partial).toBeUndefined();
  }
});
