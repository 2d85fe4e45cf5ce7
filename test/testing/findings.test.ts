import { randomBytes, randomUUID } from 'node:crypto';
import os, { hostname } from 'node:os';
import { env } from 'node:process';
import { describe, expect, test } from 'vitest';
import { type ComputeReport, checkCompute, type TestOptions } from 'weir-pipelines/testing';
import type { Pipeline } from '../../functions/pipeline.ts';
import { type Booking, bookings, bookingsInTurn, someRequests, totals } from './pipelines.ts';

const check = (pipeline: Pipeline, options: Partial<TestOptions> = {}): Promise<ComputeReport> =>
  checkCompute(pipeline, { requests: someRequests(), ...options });

/** The one problem of a pipeline that has one. */
async function problemOf(pipeline: Pipeline, options: Partial<TestOptions> = {}) {
  const { problems } = await check(pipeline, options);
  expect(problems.map(({ kind }) => kind)).toHaveLength(1);
  return problems[0];
}

interface Sum {
  readonly sum: number;
}
/** As a pipeline's file would have them at its top, taken apart or whole. */
const madeAtLoad = {
  date: new Intl.DateTimeFormat(),
  number: new Intl.NumberFormat().format,
  compare: new Intl.Collator().compare,
  plural: new Intl.PluralRules(),
  named: new Intl.DateTimeFormat('en-US', { timeZone: 'UTC' }),
};

const zero = (): Sum => ({ sum: 0 });
const add = ({ sum }: Sum, { amount }: Booking): Sum => ({ sum: sum + amount });

test('a pure compute has no problem and no notice', async () => {
  const { problems, notices, requests, readings, keys } = await check(totals);
  expect({ problems, notices }).toEqual({ problems: [], notices: [] });
  expect({ requests, readings, keys }).toEqual({ requests: 30, readings: 60, keys: 3 });
});

describe('a compute is reported as not deterministic', () => {
  test.each([
    ['Date.now()', () => Date.now()],
    ['new Date()', () => new Date().getFullYear()],
    ['Math.random()', () => Math.random()],
    ['performance.now()', () => performance.now()],
  ])('if its state holds what %s gave', async (call, outside) => {
    const compute = (_state: Sum): Sum => ({ sum: outside() });
    const problem = await problemOf(bookings<Sum>({ initial: zero, compute }));
    expect(problem?.kind).toBe('not deterministic');
    expect(problem?.text).toContain(`reading 1 of request 1 (key "a") was computed twice`);
    expect(problem?.text).toContain(`compute used ${call}`);
    expect(problem?.wayOut).toContain('sentAt');
  });

  const someday = new Date(Date.UTC(2026, 10, 9, 19, 30));
  test.each([
    ['getHours() in local time', () => someday.getHours()],
    ['new Date(year, month, ...) in local time', () => new Date(2026, 0, 1).getHours()],
    ['getTimezoneOffset()', () => someday.getTimezoneOffset()],
    ['toDateString() in local time', () => someday.toDateString()],
    ['toLocaleTimeString() without a time zone', () => someday.toLocaleTimeString('en-US')],
    ['toLocaleString() without a locale', () => (1234.5).toLocaleString()],
    ['localeCompare() without a locale', () => 'z'.localeCompare('ä')],
    ['Intl.NumberFormat without a locale', () => new Intl.NumberFormat().format(1234.5)],
    [
      'Intl.DateTimeFormat without a time zone',
      () => new Intl.DateTimeFormat('en-US').resolvedOptions().timeZone,
    ],
    ['process.hrtime()', () => process.hrtime()[0]],
    ['process.hrtime.bigint()', () => String(process.hrtime.bigint())],
    ['process.uptime()', () => process.uptime()],
    ['process.env.LANG', () => process.env['LANG'] ?? 'none'],
    ['process.cwd()', () => process.cwd()],
    ['process.argv', () => process.argv.length],
    ['os.hostname()', () => os.hostname()],
    ['os.hostname()', () => hostname()],
    ['process.env.HOME', () => env['HOME'] ?? 'none'],
    ['crypto.randomUUID()', () => crypto.randomUUID()],
    ['crypto.randomUUID()', () => randomUUID()],
    ['crypto.randomBytes()', () => randomBytes(4).toString('hex')],
    ['crypto.getRandomValues()', () => crypto.getRandomValues(new Uint8Array(4)).join()],
    ['new Date(text) without a time zone', () => new Date('2026-11-09T19:30').toISOString()],
    ['Date.parse(text) without a time zone', () => Date.parse('Nov 9, 2026')],
    [
      'Intl.DateTimeFormat without a locale and Intl.DateTimeFormat without a time zone',
      () => madeAtLoad.date.formatToParts(someday).length,
    ],
    ['Intl.NumberFormat without a locale', () => madeAtLoad.number(1234.5)],
    ['Intl.Collator without a locale', () => ['z', 'ä'].sort(madeAtLoad.compare).join()],
    ['Intl.PluralRules without a locale', () => madeAtLoad.plural.select(2)],
  ])('if it uses its machine: %s', async (call, outside) => {
    type Seen = { readonly seen: string | number };
    const compute = (): Seen => ({ seen: outside() });
    const { problems, notices } = await check(bookings<Seen>({ initial: () => ({ seen: '' }), compute }));
    const texts = [...problems, ...notices].map(({ text }) => text).join();
    expect(texts).toContain(`compute used ${call}`);
  });

  test('but not if it names zone and language', async () => {
    type Seen = { readonly seen: string };
    const zoned = { timeZone: 'Asia/Tokyo' };
    const compute = (): Seen => ({
      seen: [
        someday.getUTCHours(),
        someday.toISOString(),
        someday.toLocaleString('de-DE', zoned),
        new Intl.DateTimeFormat('en-US', zoned).format(someday),
        'a'.localeCompare('b', 'en'),
        madeAtLoad.named.format(someday),
        new Date('2026-11-09').getTime(),
        Date.parse('2026-11-09T19:30:00+01:00'),
        Date.parse('Mon, 09 Nov 2026 19:30:00 GMT'),
        (1234.5).toLocaleString('en-US'),
      ].join(),
    });
    const { problems, notices } = await check(bookings<Seen>({ initial: () => ({ seen: '' }), compute }));
    expect(
      [...problems, ...notices].map(({ text }) => text).filter((text) => /compute used/.test(text)),
    ).toEqual([]);
  });

  test('if its state holds what a formatter made when its file was loaded gave in this machine’s language', async () => {
    type Seen = { readonly seen: string };
    const compute = (): Seen => ({ seen: madeAtLoad.date.format(someday) });
    const problem = await problemOf(bookings<Seen>({ initial: () => ({ seen: '' }), compute }));
    expect(problem?.kind).toBe('not deterministic');
    expect(problem?.text).toContain('compute used Intl.DateTimeFormat without a locale');
  });

  test('if only its outputs are, or whether it throws', async () => {
    const emits = bookings<Sum, number>({
      initial: zero,
      compute: (state, booking, { emit }) => {
        emit(Date.now());
        return add(state, booking);
      },
    });
    const throws = bookings<Sum>({
      initial: zero,
      compute: (state, booking) => {
        if (new Date().getFullYear() > 2026 + 400) throw new Error('never');
        if (Date.now() > START + DAY_MS) throw new Error('too late');
        return add(state, booking);
      },
    });
    expect((await problemOf(emits))?.kind).toBe('not deterministic');
    expect((await problemOf(throws))?.text).toContain('too late');
  });

  test('as a notice, if these readings do not show it', async () => {
    const compute = (state: Sum, booking: Booking): Sum => (Math.random() < -1 ? state : add(state, booking));
    const { problems, notices } = await check(bookings<Sum>({ initial: zero, compute }));
    expect(problems).toEqual([]);
    expect(notices.map(({ text }) => text)).toEqual([
      'compute used Math.random(), but the result was the same for these readings',
    ]);
  });

  test('and the clock is restored after the check', async () => {
    const before = { Date, random: Math.random, now: performance.now };
    await check(totals);
    expect({ Date, random: Math.random, now: performance.now }).toEqual(before);
    expect(Math.abs(Date.now() - START)).toBeLessThan(DAY_MS);
  });
});

const START = Date.now();
const DAY_MS = 24 * 3_600_000;

describe('a compute is reported as not pure', () => {
  test('if it counts its calls outside of the state', async () => {
    let calls = 0;
    const compute = ({ sum }: Sum): Sum => {
      calls += 1;
      return { sum: sum + calls };
    };
    const problem = await problemOf(bookings<Sum>({ initial: zero, compute }));
    expect(problem?.kind).toBe('not pure');
    expect(problem?.wayOut).toContain('Keep it in the state');
  });

  test('if it remembers in its module what it has seen', async () => {
    let largest = 0;
    const compute = (state: Sum, booking: Booking): Sum & { readonly largest: number } => {
      const { sum } = add(state, booking);
      largest = Math.max(largest, sum);
      return { sum, largest };
    };
    const problem = await problemOf(bookings<Sum>({ initial: zero, compute }));
    expect(problem?.kind).toBe('not pure');
    expect(problem?.text).toMatch(
      /after reading 1 of request \d+ \(key "[abc]"\) the result differs when the same readings are folded a second time/,
    );
  });

  test('if a key sees what another has left behind', async () => {
    let calls = 0;
    let key = '';
    const compute = (state: Sum, booking: Booking): Sum => {
      // Once a key has been computed twice in a row, it is at home: repeating a call does not show this.
      calls = key === booking.account ? calls + 1 : 1;
      key = booking.account;
      return { sum: state.sum + (calls > 2 ? 1 : 0) };
    };
    const problem = await problemOf(bookings<Sum>({ initial: zero, compute }));
    expect(problem?.kind).toBe('not pure');
  });

  test('if it changes the reading', async () => {
    const compute = (state: Sum, booking: Booking): Sum => {
      booking.amount *= 2;
      return add(state, booking);
    };
    const problem = await problemOf(bookings<Sum>({ initial: zero, compute }));
    expect(problem?.text).toContain(
      'compute changed reading 1 of request 1 (key "a"); it was {"account":"a"',
    );
  });

  test('if its state holds one object twice, because storage makes two objects of it', async () => {
    interface Pair {
      one: Sum;
      other: Sum;
    }
    const compute = ({ one, other }: Pair, { amount }: Booking): Pair => {
      const same = amount > 8 ? { sum: 0 } : undefined;
      const pair = { one: same ?? one, other: same ?? other };
      Object.assign(pair.one, { sum: pair.one.sum + amount });
      return pair;
    };
    const pipeline = bookings<Pair>({ initial: () => ({ one: zero(), other: zero() }), compute });
    const problem = await problemOf(pipeline);
    expect(problem?.text).toContain('10 readings are computed on one state before it is stored');
    expect(problem?.wayOut).toContain('two names');
  });

  test('but it may change its state in place', async () => {
    const compute = (state: { sum: number }, { amount }: Booking) => {
      state.sum += amount;
      return state;
    };
    expect(
      (await check(bookings<{ sum: number }>({ initial: () => ({ sum: 0 }), compute }))).problems,
    ).toEqual([]);
  });
});

describe('a compute that depends on the order of requests', () => {
  const last = { initial: zero, compute: (_state: Sum, { amount }: Booking): Sum => ({ sum: amount }) };

  test('is reported with two exchanged readings, as a notice', async () => {
    const { problems, notices } = await check(bookings<Sum>(last));
    expect(problems).toEqual([]);
    expect(notices.map(({ kind }) => kind)).toEqual(['order-sensitive']);
    expect(notices[0]?.text).toBe(
      'the state differs when reading 1 of request 1 (key "a") and reading 1 of request 3 (key "a") are swapped:\n' +
        '  /sum: 8, then 1',
    );
    expect(notices[0]?.wayOut).toContain("order: 'request'");
  });

  test('is a problem if the test said that it does not', async () => {
    const problem = await problemOf(bookings<Sum>(last), { orderSensitive: false });
    expect(problem?.kind).toBe('order-sensitive');
  });

  test('is accepted in request order', async () => {
    expect((await check(bookingsInTurn<Sum>(last))).notices).toEqual([]);
  });

  test('is found if neighbours may be exchanged and others may not', async () => {
    // Only the third reading counts otherwise.
    const compute = ({ count, sum }: { count: number; sum: number }, { amount }: Booking) => ({
      count: count + 1,
      sum: sum + (count < 3 ? amount : 0),
    });
    const requests = [1, 1, 1, 1, 5, 5].map((amount) => ({ bookings: [{ account: 'a', amount }] }));
    const pipeline = bookings<{ count: number; sum: number }>({
      initial: () => ({ count: 0, sum: 0 }),
      compute,
    });
    const { notices } = await check(pipeline, { requests });
    expect(notices[0]?.text).toContain('the requests of key "a" arrive in another order');
  });

  test('only because of rounded fractions is reported as such', async () => {
    const compute = ({ sum }: Sum, { amount }: Booking): Sum => ({ sum: sum + amount / 10 });
    const { notices } = await check(bookings<Sum>({ initial: zero, compute }));
    expect(notices[0]?.text).toContain('They differ only by rounding');
  });
});

describe('a reading that compute cannot handle', () => {
  const throwing = (poison: 'quarantine' | 'stop') =>
    bookings<Sum>({
      initial: zero,
      poison,
      compute: (state, booking) => {
        if (booking.amount === 4) throw new TypeError('four is not booked');
        return add(state, booking);
      },
    });

  test('is reported with the state before it', async () => {
    const { problems } = await check(throwing('quarantine'));
    expect(problems).toHaveLength(3);
    expect(problems[0]).toEqual({
      kind: 'poison',
      text:
        'compute threw on reading 1 of request 10 (key "a"): TypeError: four is not booked\n' +
        '  reading: {"account":"a","amount":4}\n  state before: {"sum":33}',
      wayOut: expect.stringContaining('dead-letter queue'),
    });
    expect(problems[2]?.text).toContain('(and 3 more like this)');
    expect((await check(throwing('stop'))).problems[0]?.wayOut).toContain('stop its key');
  });

  test('is a notice if the test expects it, and the others count', async () => {
    const { problems, notices, states } = await check(throwing('quarantine'), { poison: 'allowed' });
    expect(problems).toEqual([]);
    expect(notices.map(({ kind }) => kind)).toEqual(['poison', 'poison', 'poison']);
    expect(states.get('a')).toEqual({ sum: 102 });
  });

  test.each([
    ['a Map', (): unknown => new Map([[1, 2]]), 'is a Map'],
    ['a Date', (): unknown => new Date(0), 'is a Date'],
    ['undefined', (): unknown => undefined, 'is undefined'],
    ['NaN', (): unknown => Number.NaN, 'is NaN'],
  ])('%s in the state is not JSON', async (_name, value, problem) => {
    interface Kept {
      readonly kept: unknown;
    }
    const pipeline = bookings<Kept>({
      initial: () => ({ kept: 0 }),
      compute: (_state, _reading) => ({ kept: value() }),
    });
    const found = await problemOf(pipeline);
    expect(found?.kind).toBe('not JSON');
    expect(found?.text).toContain(`the state of "a" at .kept ${problem}`);
    expect(found?.wayOut).toContain('list for a Set');
  });

  test('a state that is not JSON is no state over the limit, whatever the name of its key', async () => {
    interface Kept {
      readonly kept: unknown;
    }
    const compute = (): Kept => ({ kept: new Map() });
    const found = await problemOf(bookings<Kept>({ initial: () => ({ kept: 0 }), compute }), {
      requests: [{ bookings: [{ account: '9 bytes; at most 1', amount: 1 }], turn: 1 }],
    });
    expect(found?.kind).toBe('not JSON');
  });

  test('a state over the limit is too large', async () => {
    const compute = (state: string): string => `${state}${'x'.repeat(100_000)}`;
    const found = await problemOf(bookings<string>({ initial: () => '', compute }), {
      requests: someRequests(10),
    });
    expect(found?.kind).toBe('too large');
    expect(found?.text).toContain('would have 400002 bytes; at most 307200 are allowed');
  });
});

describe('a state that grows with every reading', () => {
  const history = bookings<readonly Booking[]>({
    initial: () => [],
    compute: (state, booking) => [...state, booking].toSorted((a, b) => a.amount - b.amount),
  });

  test('is a notice that says when it will be too large', async () => {
    const { notices } = await check(history);
    expect(notices[0]?.kind).toBe('state grows');
    expect(notices[0]?.text).toMatch(
      /has 543 bytes after 20 readings and grows by about 27\.\d bytes with each/,
    );
    expect(notices[0]?.text).toContain('after about 11,000 readings it reaches the limit of 307200 bytes');
  });

  test('is a problem if the test said that it does not', async () => {
    expect((await problemOf(history, { growing: false }))?.kind).toBe('state grows');
  });

  test('is no problem if it fills a fixed set of names', async () => {
    const compute = (state: Readonly<Record<string, number>>, { amount }: Booking) => ({
      ...state,
      [`amount ${amount}`]: (state[`amount ${amount}`] ?? 0) + 1,
    });
    const pipeline = bookings<Readonly<Record<string, number>>>({ initial: () => ({}), compute });
    expect((await check(pipeline, { requests: someRequests(90) })).notices).toEqual([]);
  });
});
