/** The values that a read may return, and how much of them is held in memory. */

import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { defaultLimits, READINGS_PER_REQUEST_MAX } from '../../../functions/limits.ts';
import { fingerprint } from '../../../functions/message-ids.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { createTexts } from '../../../functions/texts.ts';
import { settle } from '../../clocks.ts';
import fc from '../../properties.ts';
import { buildReader, buildRequest, readingsOf, TIME_MS } from './reader-builder.ts';

async function* later<T>(values: Iterable<T>) {
  let count = 0;
  for (const value of values) {
    if (count % 1_000 === 0) await settle();
    count += 1;
    yield value;
  }
}

async function sentBy(read: Pipeline['read'], receiveCount = 1) {
  const { clock, ports, readings } = buildReader({
    read,
    pipeline: { order: { by: 'arrival', key: (reading) => String(Object(reading).key) } },
  });
  const done = readBatch([buildRequest('r', { receiveCount })], TIME_MS, ports);
  for (let step = 0; step < 50; step += 1) await clock.advance(10);
  expect(await done).toEqual([]);
  return readings.taken.toSorted((a, b) => a.body.localeCompare(b.body));
}

describe('readings that come one after the other', () => {
  const list = Array.from({ length: 3_000 }, (_, n) => ({ key: `k${n % 3}`, n, pad: 'x'.repeat(400) }));

  test('give the same messages with the same ids as a list, on every attempt', async () => {
    const whole = await sentBy(async () => list);
    expect(whole.length).toBeGreaterThan(3);
    expect(whole.map(({ body }) => decodeMessage(body).readings.length).reduce((a, b) => a + b)).toBe(3_000);
    expect(await sentBy(async () => later(list))).toEqual(whole);
    expect(await sentBy(() => later(list), 2)).toEqual(whole);
    expect(await sentBy(() => list.values(), 3)).toEqual(whole);
  });

  test('and break off in the middle have sent nothing; the next attempt sends them all', async () => {
    let attempts = 0;
    const { ports, readings } = buildReader({
      async *read() {
        attempts += 1;
        yield* later([1, 2]);
        if (attempts === 1) throw new Error('the line broke');
        yield 3;
      },
    });
    expect(await readBatch([buildRequest('r')], TIME_MS, ports)).toEqual(['r']);
    expect(readings.taken).toEqual([]);
    expect(await readBatch([buildRequest('r', { receiveCount: 2 })], TIME_MS, ports)).toEqual([]);
    expect(readingsOf(readings.taken)).toEqual([['r', 1, 2, 3]]);
  });

  test.each([
    ['while nothing comes', false],
    ['while they come', true],
  ])('without end are closed when the time is up, %s', async (_, come) => {
    let closed = 0;
    const { clock, ports, postponed } = buildReader({
      read: (_request, { signal }) => ({
        [Symbol.asyncIterator]: () => ({
          async next() {
            if (!come) await new Promise(() => undefined);
            await clock.sleep(100, signal);
            return { done: false, value: 1 };
          },
          async return() {
            closed += 1;
            return { done: true, value: undefined };
          },
        }),
      }),
    });
    const done = readBatch([buildRequest('r')], TIME_MS, ports);
    await clock.advance(defaultLimits.readTimeoutMs);
    expect(await done).toEqual(['r']);
    await settle();
    expect(closed).toBeGreaterThan(0);
    expect(postponed).toHaveLength(1);
  });

  test('without any pause do not delay other reads, and end at the bound of a request', async () => {
    const ended: string[] = [];
    const { clock, ports, deadLetters } = buildReader({
      *read(request) {
        try {
          do yield 1;
          while (request === 'endless');
        } finally {
          ended.push(String(request));
        }
      },
    });
    const done = readBatch([buildRequest('endless'), buildRequest('short')], TIME_MS, ports);
    await clock.advance(1_000);
    expect(await done).toEqual([]);
    expect(ended).toEqual(['short', 'endless']);
    expect(deadLetters.taken.map(({ attributes }) => attributes?.['reason'])).toEqual([
      `the read gave more than ${READINGS_PER_REQUEST_MAX} readings; split the request`,
    ]);
  });

  test('are kept as bytes and sent exactly', () => {
    const json = fc.string({ unit: 'binary', maxLength: 9_000 }).map((text) => JSON.stringify(text));
    fc.assert(
      fc.property(fc.array(json, { maxLength: 40 }), (all) => {
        const texts = createTexts();
        for (const text of all) texts.add(text);
        expect(texts.count).toBe(all.length);
        expect([...texts]).toEqual(all);
        expect(fingerprint(texts)).toBe(fingerprint(all));
      }),
      { numRuns: 15 },
    );
  });
});

describe('a read with an impossible result', () => {
  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [7, 'a number'],
    ['[1,2]', 'a string'],
    [{ readings: [1] }, 'an object'],
    [() => [1], 'a function'],
  ])('because it is %o is not tried again, and the reason names it', async (given, kind) => {
    const { ports, deadLetters } = buildReader({ read: (async () => given) as unknown as Pipeline['read'] });
    expect(await readBatch([buildRequest('r')], TIME_MS, ports)).toEqual([]);
    expect(deadLetters.taken.map(({ attributes }) => attributes?.['reason'])).toEqual([
      `read returned ${kind}: it has to return a list of readings, or another iterable or async iterable`,
    ]);
  });

  test.each([
    [undefined, 'undefined'],
    [7, 'a number'],
    [null, 'null'],
    [Promise.resolve('k'), 'a promise'],
  ])('because the key of a reading is %o is not tried again, and the reason says so', async (key, kind) => {
    const { ports, deadLetters } = buildReader({
      pipeline: { order: { by: 'arrival', key: () => key as unknown as string } },
    });
    expect(await readBatch([buildRequest('r')], TIME_MS, ports)).toEqual([]);
    expect(deadLetters.taken.map(({ attributes }) => attributes?.['reason'])).toEqual([
      `the key of reading 1 is ${kind}, a key is a string`,
    ]);
  });
});
