import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { controlMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { createFoldApart } from '../../../functions/compute/fold-apart.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { STATE_BYTES_MAX, TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import type { Order, Pipeline } from '../../../functions/pipeline.ts';
import { buildCompute, buildMessage, buildPipeline, deliver, stateOf } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { hostile } from './hostile-folds.ts';
import { computeInProcesses } from './in-processes.ts';
import { neverEndsAt } from './never-ends-at.ts';

const TIME_MS = 30_000;
const append: Pipeline['compute'] = (state, reading) => [...(Array.isArray(state) ? state : []), reading];

/** Initial fails for the key `bad` alone. */
function buildFailing(fail: () => unknown, parts: Partial<Pipeline> = {}): Pipeline {
  return buildPipeline({ initial: (key) => (key === 'bad' ? fail() : []), compute: append, ...parts });
}

const failures: [string, () => unknown, RegExp][] = [
  ['throws', () => raise(), /^initial threw: TypeError: no such plan$/],
  ['returns nothing', () => undefined, /^initial returned undefined instead of a state$/],
  ['returns a promise', async () => raise(), /^initial returned a promise; it must be synchronous/],
  ['returns no JSON', () => ({ at: [Number.NaN] }), /^the state that initial returned at \.at\[0\] is NaN/],
  ['returns too much', () => 'x'.repeat(STATE_BYTES_MAX), /^the state that initial returned would have/],
];

describe('when initial', () => {
  test.each(failures)(
    '%s, only the readings of its key are set aside, and the reason names initial',
    async (_, fail, reason) => {
      const stage = buildCompute({ pipeline: buildFailing(fail) });
      const batch = [
        buildMessage({ key: 'bad', readings: [1, 2] }),
        buildMessage({ key: 'good', readings: [3], sequence: 2 }),
      ];
      expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
      expect(stage.store.dead()).toMatchObject([
        { key: 'bad', reason: expect.stringMatching(reason) },
        { key: 'bad', reason: expect.stringMatching(reason) },
      ]);
      expect(stage.store.item('bad')).toMatchObject({ state: undefined, counts: { applied: 0, dead: 2 } });
      expect(stateOf(stage.store, 'good')).toEqual([3]);
    },
  );

  test('fails with poison "stop", the key stops, and resuming the key calls it again', async () => {
    const stage = buildCompute({ pipeline: buildFailing(raise, { poison: 'stop' }) });
    const first = buildMessage({ key: 'bad', readings: [1, 2] });
    expect(await computeBatch([first], TIME_MS, stage)).toEqual([]);
    const item = stage.store.item('bad');
    expect(item?.stopped).toMatchObject({ index: 0, reason: expect.stringMatching(/^initial threw/) });
    const fixed = buildCompute({
      store: stage.store,
      pipeline: buildFailing(() => ['fixed'], { poison: 'stop' }),
    });
    const receipt = receiptOf(decodeMessage(first.body));
    const word = deliver(controlMessage('bad', 'resume', { receipt, index: 0 }, 'w'), { sequence: 2 });
    expect(await computeBatch([word], TIME_MS, fixed)).toEqual([]);
    expect(stateOf(stage.store, 'bad')).toEqual(['fixed', 1, 2]);
    expect(stage.store.dead()).toEqual([]);
  });

  test('fails, a message is still parked in its place, and the fixed initial applies it', async () => {
    const order: Order = { by: 'request', sequence: () => 0, requestKey: () => 'bad', gap: 'skip' };
    const stage = buildCompute({ pipeline: buildFailing(raise, { order }) });
    const second = buildMessage({ key: 'bad', request: 's', readings: ['second'], turn: 2 });
    expect(await computeBatch([second], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('bad')).toMatchObject({ state: undefined, parked: 1 });
    const fixed = buildCompute({ store: stage.store, pipeline: buildFailing(() => [], { order }) });
    const first = buildMessage({ key: 'bad', request: 'r', readings: ['first'], turn: 1, sequence: 2 });
    expect(await computeBatch([first], TIME_MS, fixed)).toEqual([]);
    expect(stateOf(stage.store, 'bad')).toEqual(['first', 'second']);
  });

  test.each(['exit', 'memory', 'stack'])(
    'ends its process by %s, the reason names initial',
    async (ending) => {
      const stage = { ...buildCompute({ pipeline: hostile }), clock: systemClock };
      const batch = [
        buildMessage({ key: ending, readings: [1, 2], receiveCount: 2 }),
        buildMessage({ key: 'good', readings: [3], receiveCount: 2, sequence: 2 }),
      ];
      await computeInProcesses(batch, stage);
      expect(stage.store.dead()).toMatchObject([
        {
          key: ending,
          reason: expect.stringMatching(
            /^initial (ended its process|took more than|ran out of memory|threw)/,
          ),
        },
        {
          key: ending,
          reason: expect.stringMatching(
            /^initial (ended its process|took more than|ran out of memory|threw)/,
          ),
        },
      ]);
      expect(stateOf(stage.store, 'good')).toEqual([3]);
    },
  );

  test('never ends, it is stopped and the reason names initial', async () => {
    const clock = createInstantClock(1_000_000);
    const foldApart = createFoldApart(neverEndsAt('initial', hostile, clock), hostile.limits, clock);
    const stage = buildCompute({ pipeline: hostile, clock, foldApart });
    const remainingMs = hostile.limits.computeTimeoutMs + TIMEOUT_MARGIN_MS;
    const batch = [buildMessage({ readings: [1], receiveCount: 3 })];
    expect(await computeBatch(batch, remainingMs, stage)).toEqual([]);
    expect(stage.store.dead()).toMatchObject([
      { reason: expect.stringMatching(/^initial did not come back within \d+ ms$/) },
    ]);
  });
});

test('an item without a state is not mistaken for one that lost its state', async () => {
  const stage = buildCompute({ pipeline: buildFailing(raise) });
  await computeBatch([buildMessage({ key: 'bad' })], TIME_MS, stage);
  const item = stage.store.item('bad');
  if (item === undefined) throw new Error('no item');
  const encoded = encodeItem(item);
  expect(decodeItem(encoded)).toEqual(item);
  const { unbegun: _, ...damaged } = encoded;
  expect(() => decodeItem(damaged)).toThrow('an item of the table has no string state');
});

function raise(): never {
  throw new TypeError('no such plan');
}
