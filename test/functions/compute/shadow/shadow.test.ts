import { describe, expect, test } from 'vitest';
import { forgetMessage, resetMessage } from '../../../../functions/commands.ts';
import { computeBatch } from '../../../../functions/compute/compute.ts';
import {
  createShadow,
  type RunShadow,
  type ShadowPorts,
} from '../../../../functions/compute/shadow/shadow.ts';
import { answersBy } from '../../../../functions/compute/shadow/shadow-child.ts';
import type { ShadowItem, ShadowStore } from '../../../../functions/compute/shadow/shadow-item.ts';
import { SHADOW_MS_MAX } from '../../../../functions/limits.ts';
import type { ComputeContext, Pipeline } from '../../../../functions/pipeline.ts';
import { buildCompute, buildMessage, buildPipeline, type ComputeStage, deliver } from '../../../builders.ts';
import { createInstantClock, type TestClock } from '../../../clocks.ts';

const TIME_MS = 30_000;

/** Sums up numbers; a reading of `poison` throws. */
const sum: Partial<Pipeline> = {
  initial: () => ({ total: 0 }),
  compute: (state, reading, { emit }) => {
    if (reading === 'poison') throw new Error('poison');
    const total = Object(state).total + Number(reading);
    if (total % 100 === 0) emit({ total });
    return { total };
  },
};

interface Shadowed extends ComputeStage {
  readonly shadows: Map<string, ShadowItem>;
  readonly clock: TestClock;
}

function shadowed(
  next: Partial<Pipeline>,
  parts: Partial<ShadowPorts> = {},
  real = sum,
  stage: Partial<ComputeStage> = {},
): Shadowed {
  const clock = createInstantClock(1_000_000);
  const shadows = new Map<string, ShadowItem>();
  const store: ShadowStore = {
    load: async (key) => shadows.get(key),
    async put(item, base) {
      if (shadows.get(item.key)?.version !== base?.version) throw new Error('it is another one by now');
      shadows.set(item.key, item);
    },
  };
  const pipeline = buildPipeline(real);
  const run: RunShadow = async (jobs) => ({
    answers: [...answersBy(buildPipeline(next), structuredClone(jobs), pipeline, clock)],
  });
  const common = { percent: 100, code: 'c', msMax: SHADOW_MS_MAX, observe: () => {} };
  const shadow = createShadow({ ...common, run, store, clock, ...parts });
  return { ...buildCompute({ pipeline, clock, shadow, ...stage }), shadows, clock };
}

const message = (readings: readonly unknown[], sequence: number, key = 'k') =>
  buildMessage({ key, request: `r${sequence}`, readings, sequence });

describe('a shadow', () => {
  test('that computes the same is reported as equal, whatever the batches, poison and outputs are', async () => {
    const stage = shadowed(sum);
    for (let batch = 0; batch < 4; batch += 1)
      await computeBatch(
        [message([50, 'poison', 50], 2 * batch), message([1], 2 * batch + 1)],
        TIME_MS,
        stage,
      );
    expect(stage.shadows.get('k')).toMatchObject({
      version: 4,
      commits: 4,
      missed: 0,
      readings: 16,
      different: 0,
      threw: 0,
      findings: [],
    });
  });

  test('that computes one reading in 10,000 differently is reported each time, with the reading and both values, and at no other reading', async () => {
    const planted = (reading: unknown) => Number(reading) % 10_000 === 7;
    const stage = shadowed(
      {
        ...sum,
        compute: (state, reading) => ({
          total: Object(state).total + Number(reading) + (planted(reading) ? 1 : 0),
        }),
      },
      {},
      { ...sum, compute: (state, reading) => ({ total: Object(state).total + Number(reading) }) },
    );
    let sequence = 0;
    for (let from = 0; from < 50_000; from += 250) {
      sequence += 1;
      const readings = Array.from({ length: 250 }, (_, index) => from + index);
      await computeBatch([message(readings, sequence, `k${sequence % 3}`)], TIME_MS, stage);
    }
    const items = [...stage.shadows.values()];
    expect(items.reduce((count, { readings }) => count + readings, 0)).toBe(50_000);
    expect(items.reduce((count, { different }) => count + different, 0)).toBe(5);
    const found = items.flatMap(({ findings }) => findings);
    // The planted ones are the eighth of the first, the 41st, the 81st message and so on.
    const requests = [0, 10_000, 20_000, 30_000, 40_000].map((from) => `r${from / 250 + 1}`);
    expect(found.map(({ request }) => request).sort()).toEqual(requests.sort());
    for (const finding of found) {
      expect(finding).toMatchObject({ chunk: 0, of: 1, index: 7, changes: [{ path: '/state/total' }] });
      const [{ old, new: next } = {}] = finding.changes ?? [];
      expect(Number(next)).toBe(Number(old) + 1);
    }
  });
});

test('a shadow that was stalled during one reading counts one slow reading, however long it took', async () => {
  const times = (slowMs: number) => ({
    ...sum,
    compute: (_: unknown, reading: unknown) => {
      stage.clock.spend(reading === 2 ? slowMs : 1);
      return { total: Number(reading) };
    },
  });
  const stage = shadowed(times(4_000), {}, times(1));
  await computeBatch([message([1, 2, 3], 1)], TIME_MS, stage);
  expect(stage.shadows.get('k')).toMatchObject({ readings: 3, slow: 1, realMs: 3, shadowMs: 4_002 });
});

type Context = ComputeContext<unknown>;

/** What the shadow made otherwise of one reading of 5. */
async function changesOf(next: Partial<Pipeline>, real: Partial<Pipeline> = sum): Promise<unknown> {
  const stage = shadowed({ ...sum, ...next }, {}, { ...sum, ...real });
  await computeBatch([message([5], 1)], TIME_MS, stage);
  const [finding] = stage.shadows.get('k')?.findings ?? [];
  return finding?.changes ?? finding?.threw;
}

describe('a difference', () => {
  const add = (state: unknown, reading: unknown) => ({ total: Object(state).total + Number(reading) });

  /** Adds, and does something else beside it. */
  const adding = (beside: (context: Context) => void): Partial<Pipeline> => ({
    wake: (state) => state,
    compute(state, reading, context) {
      beside(context);
      return add(state, reading);
    },
  });

  test('of an output, a wake or a skip is reported even if the states are the same', async () => {
    expect(await changesOf(adding(({ emit }) => emit('late')))).toEqual([
      { path: '/outputs/0', old: undefined, new: '"late"' },
    ]);
    expect(await changesOf(adding(({ skip }) => skip('no')))).toEqual([
      { path: '/skipped', old: 'false', new: 'true' },
    ]);
    const asksAt = (at: number) => adding(({ wake }) => wake(at, 'tag'));
    expect(await changesOf(asksAt(2_000_000), asksAt(3_000_000))).toEqual([
      { path: '/wakes/tag', old: '3000000', new: '2000000' },
    ]);
  });

  test('is reported if only one of the two throws, on either side', async () => {
    const throws = () => {
      throw new Error('not this one');
    };
    expect(await changesOf({ compute: throws })).toBe('not this one');
    expect(await changesOf({}, { compute: throws })).toContainEqual({
      path: '/threw',
      old: 'true',
      new: 'false',
    });
    expect(await changesOf({ compute: throws }, { compute: throws })).toBeUndefined();
  });

  test('of an initial state is found with the first reading of the key', async () => {
    expect(await changesOf({ initial: () => ({ total: 1 }) })).toEqual([
      { path: '/state/total', old: '5', new: '6' },
    ]);
    expect(await changesOf({ initial: () => ({ total: 0 }) })).toBeUndefined();
  });

  test('from a later version of the state is reported only if migrate gives another state', async () => {
    const compute = (state: unknown, reading: unknown) => ({ sum: Object(state).sum + Number(reading) });
    const migrate = { 1: (old: unknown) => ({ sum: Object(old).total }) };
    const next = { state: { version: 2, migrate }, initial: () => ({ sum: 0 }) };
    expect(await changesOf({ ...next, compute })).toBeUndefined();
    expect(await changesOf({ ...next, compute: (state) => ({ sum: Object(state).sum }) })).toEqual([
      { path: '/state/sum', old: '5', new: '0' },
    ]);
  });

  test('that a later reading of the same commit undoes is found, too', async () => {
    const last = (state: unknown, reading: unknown) => ({
      total: Number(reading) + (Object(state).total === -1 ? 1 : 0),
    });
    const stage = shadowed(
      { compute: (state, reading) => last(state, reading === 7 ? 70 : reading) },
      {},
      { ...sum, compute: last },
    );
    await computeBatch([message([1, 7, 3], 1)], TIME_MS, stage);
    expect(stage.shadows.get('k')).toMatchObject({ different: 1, findings: [{ index: 1 }] });
  });
});

describe('a commit that was not compared', () => {
  test("is counted as missed, and later commits are compared from the pipeline's state, without false differences", async () => {
    const stage = shadowed(sum);
    await computeBatch([message([1], 1)], TIME_MS, stage);
    const { shadow: _, ...alone } = stage;
    for (const sequence of [2, 3]) await computeBatch([message([1], sequence)], TIME_MS, alone);
    await computeBatch([message([1], 4)], TIME_MS, stage);
    expect(stage.shadows.get('k')).toMatchObject({
      version: 4,
      commits: 2,
      missed: 2,
      different: 0,
      threw: 0,
    });
  });

  test('because of a reset is not missed: later readings are compared from the state that was set', async () => {
    const stage = shadowed(sum);
    await computeBatch([message([1], 1)], TIME_MS, stage);
    const reset = resetMessage('k', { state: '{"total":1000}', stateVersion: 1 }, 'a test', 'w1');
    await computeBatch([deliver(reset, { sequence: 2 })], TIME_MS, stage);
    await computeBatch([message([1], 3)], TIME_MS, stage);
    expect(stage.store.item('k')?.state).toBe('{"total":1001}');
    expect(stage.shadows.get('k')).toMatchObject({ version: 3, different: 0, missed: 0 });
  });

  test('because compute is not pure is reported with that reason, and no reading is blamed', async () => {
    let calls = 0;
    const stage = shadowed(
      sum,
      {},
      {
        ...sum,
        compute: () => {
          calls += 1;
          return { total: calls };
        },
      },
    );
    await computeBatch([message([1], 1)], TIME_MS, stage);
    expect(stage.shadows.get('k')).toMatchObject({
      commits: 0,
      different: 0,
      trouble: { reason: expect.stringContaining('compute is not pure') },
    });
  });
});

describe('the code of a shadow', () => {
  test('that has changed starts the comparison again', async () => {
    const stage = shadowed({ ...sum, initial: () => ({ total: 1 }) });
    await computeBatch([message([1], 1)], TIME_MS, stage);
    expect(stage.shadows.get('k')).toMatchObject({ code: 'c', different: 1 });
    const next = shadowed(sum, { code: 'd' }, sum, { store: stage.store });
    for (const item of stage.shadows.values()) next.shadows.set('k', item);
    await computeBatch([message([1], 2)], TIME_MS, next);
    expect(next.shadows.get('k')).toMatchObject({
      code: 'd',
      commits: 1,
      missed: 0,
      different: 0,
      findings: [],
    });
  });
});

const answerOf = async (parts: Partial<ShadowPorts>) => {
  const stage = shadowed(sum, parts);
  const junk = { ...message([1], 9, 'other'), body: '{"v":999}' };
  const back = await computeBatch([message([1], 1), junk], TIME_MS, stage);
  return { back, state: stage.store.item('k')?.state, calls: stage.store.calls };
};
const never = () => new Promise<never>(() => {});
const fails = async () => {
  throw new Error('no');
};

test.each([
  ['whose process never answers', { run: never }],
  ['that cannot be started', { run: fails }],
  ['whose item cannot be read', { store: { load: fails, put: fails } }],
  ['whose item is never written', { store: { load: async () => undefined, put: never } }],
])(
  'a shadow %s changes neither the answer of the invocation, nor the state, nor a call of the table',
  async (_, parts) => {
    const with_ = await answerOf(parts);
    const without = await answerOf({ percent: 0 });
    expect(with_).toEqual(without);
    expect(with_.back).toHaveLength(1);
  },
);

test('a shadow starts after all commits of the invocation, and only with enough time left', async () => {
  const seen: (readonly string[])[] = [];
  const stage: Shadowed = shadowed(sum, {
    run: async (jobs) => {
      seen.push(
        jobs.map(({ input }) => input.key),
        [...stage.store.calls],
      );
      return { answers: [] };
    },
  });
  await computeBatch([message([1], 1, 'a'), message([1], 2, 'b')], TIME_MS, stage);
  expect(seen).toEqual([
    ['a', 'b'],
    ['load a', 'load b', 'commit a 1', 'commit b 1'],
  ]);
  await computeBatch([message([1], 3, 'a')], 5_500, stage);
  expect(seen).toHaveLength(2);
});

test('a shadow that gives no answer is left out for the next ten invocations', async () => {
  let runs = 0;
  const stage = shadowed(sum, {
    run: async () => {
      runs += 1;
      return { answers: [], ended: 'did not come back' };
    },
  });
  for (let sequence = 1; sequence <= 12; sequence += 1)
    await computeBatch([message([1], sequence)], TIME_MS, stage);
  expect(runs).toBe(2);
  expect(stage.shadows.get('k')).toMatchObject({ commits: 0, version: 12, missed: 12 });
});

test('the comparison of a key continues behind a forget', async () => {
  const puts: [findings: number, base: number | undefined][] = [];
  const stage = shadowed(
    { ...sum, initial: () => ({ total: 1 }) },
    {
      store: {
        load: async () => undefined,
        put: async (item, base) => {
          puts.push([item.findings.length, base?.findings.length]);
        },
      },
    },
  );
  await computeBatch([message([1], 1)], TIME_MS, stage);
  expect(puts).toEqual([
    [0, undefined],
    [1, 0],
  ]);
  await computeBatch([deliver(forgetMessage('k', 'a test', 'w1'), { sequence: 2 })], TIME_MS, stage);
  expect(puts).toEqual([
    [0, undefined],
    [1, 0],
    [0, undefined],
  ]);
});
