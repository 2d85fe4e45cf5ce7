import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { controlMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { createFoldApart } from '../../../functions/compute/fold-apart.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { STATE_BYTES_MAX, TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { receiptOf } from '../../../functions/message-ids.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import type { MigrationStep } from '../../../functions/state-versions.ts';
import {
  buildCompute,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  deliver,
  stateOf,
} from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { buildItem } from '../../item-builder.ts';
import type { MemoryStore } from '../../memory-store.ts';
import { hostile } from './hostile-folds.ts';
import { computeInProcesses } from './in-processes.ts';
import { neverEndsAt } from './never-ends-at.ts';

const TIME_MS = 30_000;

/** Version 1 is a list of readings; 2 has them under a name; 3 counts the migrations that it went through, too. */
const first: Partial<Pipeline> = {
  initial: () => [],
  compute: (state, reading) => [...(Array.isArray(state) ? state : []), reading],
};
const steps: Record<number, MigrationStep> = {
  1: (state) => ({ list: state }),
  2: (state) => ({ ...Object(state), migrations: Object(state).migrations + 1 || 1 }),
};
const named = (version: number, migrate = steps): Partial<Pipeline> => ({
  state: { version, migrate },
  initial: () => ({ list: [] }),
  compute: (state, reading) => ({ ...Object(state), list: [...Object(state).list, reading] }),
});

const on = (store: MemoryStore, parts: Partial<Pipeline>): ComputeStage =>
  buildCompute({ store, pipeline: buildPipeline(parts) });
const message = (reading: unknown, sequence: number) =>
  buildMessage({ request: `r${sequence}`, readings: [reading], sequence });

/** A key of version 1 that has taken in `a`. */
async function begun(): Promise<MemoryStore> {
  const stage = buildCompute({ pipeline: buildPipeline(first) });
  expect(await computeBatch([message('a', 1)], TIME_MS, stage)).toEqual([]);
  return stage.store;
}

describe('a state of an earlier version', () => {
  test('is migrated once, by the first commit of a newer build', async () => {
    const store = await begun();
    const stage = on(store, named(3));
    expect(await computeBatch([message('b', 2)], TIME_MS, stage)).toEqual([]);
    expect(await computeBatch([message('c', 3)], TIME_MS, stage)).toEqual([]);
    expect(await computeBatch([message('d', 4)], TIME_MS, on(store, named(3)))).toEqual([]);
    expect(stateOf(store)).toEqual({ list: ['a', 'b', 'c', 'd'], migrations: 1 });
    expect(store.item('k')).toMatchObject({ stateVersion: 3, version: 4 });
  });

  test('ends the same whether builds migrated it one by one or all at once', async () => {
    const [one, all] = [await begun(), await begun()];
    expect(await computeBatch([message('b', 2)], TIME_MS, on(one, named(2)))).toEqual([]);
    expect(await computeBatch([message('c', 3)], TIME_MS, on(one, named(3)))).toEqual([]);
    expect(await computeBatch([message('b', 2), message('c', 3)], TIME_MS, on(all, named(3)))).toEqual([]);
    expect(one.item('k')?.state).toBe(all.item('k')?.state);
  });

  test('costs no more calls than a state of the same version', async () => {
    const store = await begun();
    const stage = on(store, named(2));
    store.calls.length = 0;
    await computeBatch([message('b', 2)], TIME_MS, stage);
    await computeBatch([message('c', 3)], TIME_MS, stage);
    expect(store.calls).toEqual(['load k', 'commit k 2', 'commit k 3']);
  });

  test('stays as it is when there is nothing new in what arrives', async () => {
    const store = await begun();
    const before = store.encoded('k');
    expect(await computeBatch([message('a', 1)], TIME_MS, on(store, named(2)))).toEqual([]);
    expect(store.encoded('k')).toEqual(before);
  });
});

const failures: [string, MigrationStep, RegExp][] = [
  ['throws', () => raise(), /^migrate\[1\] threw: TypeError: no such shape$/],
  ['returns nothing', () => undefined, /^migrate\[1\] returned undefined instead of a state$/],
  ['returns a promise', async () => raise(), /^migrate\[1\] returned a promise; it must be synchronous/],
  ['returns no JSON', () => ({ at: Number.NaN }), /^migrate\[1\]: the state of "k" at \.at is NaN/],
  ['returns too much', () => 'x'.repeat(STATE_BYTES_MAX), /^migrate\[1\]: the state of "k" would have/],
];

describe('when migrate', () => {
  test.each(failures)(
    '%s, the reading is set aside with that reason, and the state stays as it was',
    async (_, step, reason) => {
      const store = await begun();
      expect(await computeBatch([message('b', 2)], TIME_MS, on(store, named(2, { 1: step })))).toEqual([]);
      expect(store.dead()).toMatchObject([{ key: 'k', reason: expect.stringMatching(reason) }]);
      expect(store.item('k')).toMatchObject({ state: '["a"]', stateVersion: 1, counts: { dead: 1 } });
      expect(await computeBatch([message('c', 3)], TIME_MS, on(store, named(2)))).toEqual([]);
      expect(stateOf(store)).toEqual({ list: ['a', 'c'] });
    },
  );

  test('fails with poison "stop", the key stops, and resuming the key calls it again', async () => {
    const store = await begun();
    const failing = { ...named(2, { 1: raise }), poison: 'stop' as const };
    const second = message('b', 2);
    expect(await computeBatch([second], TIME_MS, on(store, failing))).toEqual([]);
    expect(store.item('k')?.stopped).toMatchObject({ reason: expect.stringMatching(/^migrate\[1\] threw/) });
    expect(store.item('k')).toMatchObject({ state: '["a"]', stateVersion: 1 });
    const receipt = receiptOf(decodeMessage(second.body));
    const word = deliver(controlMessage('k', 'resume', { receipt, index: 0 }, 'w'), { sequence: 3 });
    expect(await computeBatch([word], TIME_MS, on(store, { ...named(2), poison: 'stop' }))).toEqual([]);
    expect(stateOf(store)).toEqual({ list: ['a', 'b'] });
    expect(store.dead()).toEqual([]);
  });

  test.each(['exit', 'memory', 'stack'])(
    'ends its process by %s, the reason names migrate, and the old state is kept',
    async (ending) => {
      const stage = { ...buildCompute({ pipeline: hostile }), clock: systemClock };
      stage.store.put(buildItem({ key: ending, state: '["old"]' }));
      const batch = [
        buildMessage({ key: ending, readings: [1], receiveCount: 2, sequence: 2 }),
        buildMessage({ key: 'good', readings: [3], receiveCount: 2, sequence: 2 }),
      ];
      await computeInProcesses(batch, stage);
      const reason = expect.stringMatching(
        /^migrate(\[1\])? (ended its process|took more than|ran out of|threw)/,
      );
      expect(stage.store.dead()).toMatchObject([{ key: ending, reason }]);
      expect(stage.store.item(ending)).toMatchObject({ state: '["old"]', stateVersion: 1 });
      expect(stateOf(stage.store, 'good')).toEqual([3]);
    },
  );

  test('never ends, it is stopped and the reason names migrate', async () => {
    const clock = createInstantClock(1_000_000);
    const foldApart = createFoldApart(neverEndsAt('migrate', hostile, clock), hostile.limits, clock);
    const stage = buildCompute({ pipeline: hostile, clock, foldApart });
    stage.store.put(buildItem({ state: '["old"]' }));
    const remainingMs = hostile.limits.computeTimeoutMs + TIMEOUT_MARGIN_MS;
    const batch = [buildMessage({ readings: [1], receiveCount: 3, sequence: 2 })];
    expect(await computeBatch(batch, remainingMs, stage)).toEqual([]);
    const reason = expect.stringMatching(/^migrate did not come back within \d+ ms$/);
    expect(stage.store.dead()).toMatchObject([{ reason }]);
    expect(stage.store.item('k')).toMatchObject({ state: '["old"]', stateVersion: 1 });
  });
});

describe('a state of a newer version', () => {
  test('is left alone by an older build: its messages go back to the queue, and the log says why', async () => {
    const store = await begun();
    await computeBatch([message('b', 2)], TIME_MS, on(store, named(2)));
    const before = store.encoded('k');
    const old = on(store, first);
    const third = message('c', 3);
    expect(await computeBatch([third], TIME_MS, old)).toEqual([third.messageId]);
    expect(store.encoded('k')).toEqual(before);
    expect(old.observations).toMatchObject([
      {
        kind: 'failure',
        reason: expect.stringContaining('the state of key "k" has version 2, this build knows 1'),
      },
    ]);
  });

  test('is rolled back by a build with one more version, whose step returns to the old shape', async () => {
    const store = await begun();
    await computeBatch([message('b', 2)], TIME_MS, on(store, named(2)));
    const back = {
      ...first,
      state: { version: 3, migrate: { ...steps, 2: (old: unknown) => Object(old).list } },
    };
    expect(await computeBatch([message('c', 3)], TIME_MS, on(store, back))).toEqual([]);
    expect(stateOf(store)).toEqual(['a', 'b', 'c']);
  });

  test('is refused by a build from before state versions, which reads version 1', () => {
    expect(encodeItem(buildItem({ stateVersion: 2 }))).toMatchObject({
      format: { N: '2' },
      stateVersion: { N: '2' },
    });
    const old = encodeItem(buildItem());
    expect(old['format']).toEqual({ N: '1' });
    expect(old).not.toHaveProperty('stateVersion');
  });
});

function raise(): never {
  throw new TypeError('no such shape');
}
