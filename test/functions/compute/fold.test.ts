import { describe, expect, test } from 'vitest';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { KEY_BYTES_MAX, OUTPUTS_BYTES_MAX, STATE_BYTES_MAX } from '../../../functions/limits.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { stateOf as stateIn } from '../../../functions/state.ts';
import { buildCompute, buildMessage, buildPipeline, type ComputeStage, stateOf } from '../../builders.ts';
import { ITEM_BYTES_MAX, itemBytes } from '../../memory-store.ts';

const TIME_MS = 1_000_000;
const LATER_MS = 6 * 60_000;

/** The store of a function that is ended after so many commits. */
function endsAfter(commits: number, store: ComputeStage['store']): ComputeStage['store'] {
  let left = commits;
  return {
    ...store,
    commit: async (one) => {
      left -= 1;
      if (left < 0) throw new Error('the function was ended');
      return store.commit(one);
    },
  };
}

/** Applies the readings as one message; returns where they went. */
async function applyAll(
  readings: readonly unknown[],
  compute: Pipeline['compute'],
  parts: Partial<Pipeline> = {},
): Promise<ComputeStage> {
  const stage = buildCompute({ pipeline: buildPipeline({ initial: () => [], compute, ...parts }) });
  expect(await computeBatch([buildMessage({ readings })], TIME_MS, stage)).toEqual([]);
  return stage;
}

const append: Pipeline['compute'] = (state, reading) => [...(Array.isArray(state) ? state : []), reading];
const deadReadings = (stage: ComputeStage) =>
  stage.store
    .dead()
    .map(({ body }) => decodeMessage(body))
    .sort((a, b) => (a.index ?? 0) - (b.index ?? 0))
    .map(({ readings }) => readings[0]);
const reasons = (stage: ComputeStage) => stage.store.dead().map(({ reason }) => reason);

describe('a reading on which compute throws', () => {
  test('is set aside alone: the readings before and after it in its message count', async () => {
    const stage = await applyAll(['a', 'bad', 'c'], (state, reading, context) => {
      if (reading !== 'bad') return append(state, reading, context);
      if (Array.isArray(state)) state.push('half done');
      context.emit('half done');
      throw new Error('cannot compute this');
    });
    expect(stateOf(stage.store)).toEqual(['a', 'c']);
    expect(stage.store.item('k')).toMatchObject({ counts: { applied: 2, skipped: 0, dead: 1 }, outputs: [] });
    expect(stage.store.dead()).toMatchObject([
      { reason: 'cannot compute this', stage: 'compute', attempts: 1 },
    ]);
    expect(deadReadings(stage)).toEqual(['bad']);
  });

  test('goes to the dead-letter queue as it came, even if compute changed the object', async () => {
    const stage = await applyAll([['as', 'read']], (_, reading) => {
      if (Array.isArray(reading)) reading.push('and changed');
      throw new Error('no');
    });
    expect(deadReadings(stage)).toEqual([['as', 'read']]);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an object that is no text', Object.create(null)],
  ])('may throw %s', async (_, thrown) => {
    const stage = await applyAll([1], () => {
      throw thrown;
    });
    expect(deadReadings(stage)).toEqual([1]);
  });

  test('may be every reading of a key, and the key still continues', async () => {
    const readings = Array.from({ length: 35 }, (_, n) => n);
    const stage = await applyAll([...readings, 'good'], (state, reading, context) => {
      if (reading !== 'good') throw new Error('no');
      return append(state, reading, context);
    });
    expect(stateOf(stage.store)).toEqual(['good']);
    expect(deadReadings(stage)).toEqual(readings);
    expect(Math.max(...stage.store.commits.map(({ dead }) => dead.length))).toBeLessThanOrEqual(10);
  });

  test('may overflow the stack', async () => {
    const forEver = (): never => forEver();
    expect(deadReadings(await applyAll([1], forEver))).toEqual([1]);
  });
});

describe('a state that compute returns', () => {
  const cycle = () => {
    const value: { self?: unknown } = {};
    value.self = value;
    return value;
  };
  const hole = () => Object.assign(new Array(3), { 0: 1, 2: 3 });
  type Case = readonly [string, () => unknown, RegExp];
  const atOnce: readonly Case[] = [
    ['a promise', () => Promise.resolve([]), /promise/],
    ['a promise that fails', () => Promise.reject(new Error('of nobody')), /promise/],
    ['a thenable', () => Object.fromEntries([['then', () => undefined]]), /promise/],
    ['undefined', () => undefined, /undefined instead of a state/],
    ['an object of a class', () => new Map(), /is a Map/],
    ['a function', () => () => 0, /is a function/],
    ['a big integer', () => 1n, /is a bigint/],
    ['NaN', () => Number.NaN, /is NaN/],
  ];
  const inside: readonly Case[] = [
    ['a date', () => ({ a: [{ b: new Date(0) }] }), /at \.a\[0\]\.b is a Date/],
    ['a cycle', cycle, /nests deeper/],
    ['an undefined', () => ({ a: undefined }), /at \.a is undefined/],
    ['a hole', hole, /at \[1\] is undefined/],
    ['an infinity', () => ({ n: Number.POSITIVE_INFINITY }), /at \.n is Infinity/],
    ['a prototype in disguise', () => JSON.parse('{"__proto__":{"admin":true}}'), /__proto__/],
  ];
  const returning =
    (make: () => unknown): Pipeline['compute'] =>
    (state, reading, context) =>
      reading === 'bad' ? make() : append(state, reading, context);

  test.each(atOnce)('is refused when it is %s, and never used', async (_, make, reason) => {
    const stage = await applyAll(['a', 'bad', 'c'], returning(make));
    expect(stateOf(stage.store)).toEqual(['a', 'c']);
    expect(reasons(stage)).toEqual([expect.stringMatching(reason)]);
  });

  test.each(inside)('is refused when %s is in it, and the state stays', async (_, make, reason) => {
    const stage = await applyAll(['a', 'bad'], returning(make));
    expect(stateOf(stage.store)).toEqual(['a']);
    expect(reasons(stage)).toEqual([expect.stringMatching(reason)]);
    expect(deadReadings(stage)).toEqual(['bad']);
  });

  test('is stored and read back exactly, -0 and hostile texts included', async () => {
    const value = {
      zero: -0,
      tiny: 5e-324,
      text: '\uD800 \uFFFF \u0000 é e\u0301',
      constructor: 1,
      toString: [],
    };
    const stage = await applyAll([1], () => value);
    expect(stateOf(stage.store)).toStrictEqual(value);
    const seen: unknown[] = [];
    const reread = buildCompute({
      store: stage.store,
      pipeline: buildPipeline({
        compute: (state) => {
          seen.push(state);
          return state;
        },
      }),
    });
    await computeBatch([buildMessage({ sequence: 2, request: 's' })], TIME_MS, reread);
    expect(seen).toStrictEqual([value]);
  });
});

describe('sizes', () => {
  test('a state too large for an item sets aside only the reading that made it so', async () => {
    const stage = await applyAll(['a', 'grow', 'c'], (state, reading, context) =>
      append(state, reading === 'grow' ? '\u{1F4A7}'.repeat(STATE_BYTES_MAX / 4) : reading, context),
    );
    expect(stateOf(stage.store)).toEqual(['a', 'c']);
    expect(reasons(stage)).toEqual([expect.stringMatching(/^the state of "k" would have \d+ bytes/)]);
  });

  test('outputs too large for a commit set aside only the reading that emitted them', async () => {
    const stage = await applyAll(['a', 'flood', 'c'], (state, reading, context) => {
      if (reading === 'flood') for (let n = 0; n < 70; n += 1) context.emit('x'.repeat(1_000));
      return append(state, reading, context);
    });
    expect(stateOf(stage.store)).toEqual(['a', 'c']);
    expect(reasons(stage)).toEqual([expect.stringMatching(/emitted outputs of \d+ bytes/)]);
  });

  test.each([
    ['large', () => 'x'.repeat(3_000)],
    ['many and small', () => 1],
    ['of several bytes a character', () => '\u20AC'.repeat(100)],
  ])('the largest state with the most outputs still fits an item: outputs %s', async (_, output) => {
    const key = '\u20AC'.repeat(Math.floor(KEY_BYTES_MAX / 3));
    const state = 'x'.repeat(STATE_BYTES_MAX - 2);
    const one = Buffer.byteLength(JSON.stringify(output()));
    const pipeline = buildPipeline({
      initial: () => '',
      compute: (_state, reading, { emit, skip }) => {
        const bytes = reading === 'a little' ? OUTPUTS_BYTES_MAX / 2 - one : OUTPUTS_BYTES_MAX;
        for (let used = one; used <= bytes; used += one) emit(output());
        skip('\u20AC'.repeat(1_000));
        return state;
      },
    });
    const stage = buildCompute({ pipeline });
    const readings = ['a little', 'all', 'a little', 'all', 'all'];
    const batch = readings.map((reading, n) =>
      buildMessage({ key, sequence: n + 1, request: `r${n}`, readings: [reading] }),
    );
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
    for (const { next } of stage.store.commits) {
      expect(itemBytes(encodeItem(next))).toBeLessThanOrEqual(ITEM_BYTES_MAX);
    }
  });
});

describe('skipping and outputs', () => {
  test('a skipped reading is counted apart, with its reason, and keeps the state that was returned', async () => {
    const stage = await applyAll([1, 2], (state, reading, context) => {
      if (reading === 2) context.skip('even\nnumbers do not count');
      return append(state, reading, context);
    });
    expect(stateOf(stage.store)).toEqual([1, 2]);
    expect(stage.store.item('k')).toMatchObject({
      counts: { applied: 1, skipped: 1, dead: 0 },
      lastSkip: 'even numbers do not count',
    });
  });

  test('outputs belong to the commit that emitted them and to no other', async () => {
    const stage = await applyAll([1], (state, reading, { emit }) => {
      emit({ reading, zero: -0 });
      return state;
    });
    expect(stage.store.item('k')?.outputs).toEqual(['{"reading":1,"zero":-0}']);
    const quiet = buildCompute({ store: stage.store });
    await computeBatch([buildMessage({ sequence: 2, request: 's' })], TIME_MS, quiet);
    expect(stage.store.item('k')?.outputs).toEqual([]);
  });
});

describe('a fold that computes for long', () => {
  test('commits after commitAfterMs, and continues from there', async () => {
    const stage = buildCompute();
    const compute: Pipeline['compute'] = (state, reading, context) => {
      stage.clock.spend(60);
      return append(state, reading, context);
    };
    const pipeline = buildPipeline({ initial: () => [], compute });
    const batch = [
      buildMessage({ readings: [1, 2, 3] }),
      buildMessage({ sequence: 2, request: 's', readings: [4, 5] }),
    ];
    expect(await computeBatch(batch, TIME_MS, { ...stage, pipeline })).toEqual([]);
    expect(stage.store.commits.map(({ next }) => stateIn(next))).toEqual([
      [1, 2],
      [1, 2, 3, 4],
      [1, 2, 3, 4, 5],
    ]);
    expect(stage.store.commits.map(({ next }) => next.partly.map(({ count }) => count))).toEqual([
      [2],
      [1],
      [],
    ]);
    expect(stage.store.calls.filter((call) => call.startsWith('load'))).toHaveLength(1);
  });

  test('loses nothing of a partly applied message when it comes again or goes to the dead-letter queue', async () => {
    const stage = buildCompute();
    const pipeline = buildPipeline({
      initial: () => [],
      compute: append,
      limits: { ...buildPipeline().limits, commitAfterMs: 0 },
    });
    const message = buildMessage({ readings: [1, 2, 3, 4] });
    const store = endsAfter(2, stage.store);
    expect(await computeBatch([message], TIME_MS, { ...stage, pipeline, store })).toEqual(['k-1']);
    expect(stateOf(stage.store)).toEqual([1, 2]);
    // It exhausts its receives and leaves; others come; then it is redriven, as a new message.
    const heir = buildCompute({ pipeline, store: stage.store });
    await computeBatch([buildMessage({ sequence: 2, request: 's', readings: ['s'] })], TIME_MS, heir);
    await computeBatch([{ ...message, messageId: 'again', sequenceNumber: '3' }], TIME_MS, heir);
    expect(stateOf(stage.store)).toEqual([1, 2, 's', 3, 4]);
    expect(stage.store.item('k')).toMatchObject({ partly: [] });
  });

  test('finishes a message with the readings of the read that it began with; the same message of another read is set aside whole until then', async () => {
    const stage = buildCompute({
      pipeline: buildPipeline({
        initial: () => [],
        compute: append,
        limits: { ...buildPipeline().limits, commitAfterMs: 0 },
      }),
    });
    const first = buildMessage({ readings: [1, 2, 3] });
    const other = { ...buildMessage({ readings: [2, 3, 1], sequence: 2 }), messageId: 'other' };
    const store = endsAfter(1, stage.store);
    expect(await computeBatch([first], TIME_MS, { ...stage, store })).toEqual(['k-1']);
    expect(stateOf(stage.store)).toEqual([1]);
    // SQS gives it up, and its request was read again with its readings in another order.
    const heir = buildCompute({ pipeline: stage.pipeline, store: stage.store });
    expect(await computeBatch([other], TIME_MS, heir)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1]);
    expect(stage.store.dead()).toMatchObject([
      { body: other.body, reason: expect.stringMatching(/changed between two reads/) },
    ]);
    const redriven = {
      ...first,
      messageId: 'redriven',
      sequenceNumber: '3',
      sentAt: first.sentAt + LATER_MS,
    };
    const again = { ...other, messageId: 'again', sequenceNumber: '4', sentAt: first.sentAt + LATER_MS };
    expect(await computeBatch([redriven, again], TIME_MS, heir)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1, 2, 3]);
    expect(stage.store.dead()).toHaveLength(1);
    expect(stage.store.item('k')).toMatchObject({ partly: [], counts: { applied: 3 } });
  });
});
