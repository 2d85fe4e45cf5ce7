import { describe, expect, test } from 'vitest';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { COMMIT_TRIES_MAX, MESSAGE_BYTES_MAX } from '../../../functions/limits.ts';
import type { Commit, CommitResult } from '../../../functions/state-store.ts';
import {
  buildCompute,
  buildIncoming,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  stateOf,
} from '../../builders.ts';
import { createMemoryStore } from '../../memory-store.ts';

const TIME_MS = 30_000;

/** A key whose messages cannot be committed, beside others that can. */
function refuseKey(key: string): ComputeStage {
  const store = createMemoryStore();
  const commit = async (one: Commit): Promise<CommitResult> => {
    if (one.next.key === key) throw new Error('ProvisionedThroughputExceededException');
    return store.commit(one);
  };
  return buildCompute({ store: { ...store, commit } });
}

describe('message groups of a batch:', () => {
  test('a group that fails holds back no other', async () => {
    const stage = refuseKey('b');
    const batch = ['a', 'b', 'c'].map((key) => buildMessage({ key }));
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual(['b-1']);
    expect([stateOf(stage.store, 'a'), stateOf(stage.store, 'c')]).toMatchObject([
      { seen: [1] },
      { seen: [1] },
    ]);
  });

  test('after the first failure, that message and all later ones of its group come back, and nothing else', async () => {
    const stage = buildCompute();
    const newer = buildIncoming({ messageId: 'k-2', body: '{"v":99}', group: 'k', sequenceNumber: '2' });
    const batch = [buildMessage({ sequence: 1 }), newer, buildMessage({ sequence: 3, request: 's' })];
    batch.splice(1, 0, buildMessage({ key: 'other' }));
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual(['k-2', 'k-3']);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1] });
    expect(stateOf(stage.store, 'other')).toMatchObject({ seen: [1] });
  });

  test('the invocation answers with the messages that must come back, even if something throws', async () => {
    const fails = async () => {
      throw new Error('socket hang up');
    };
    const store = { ...createMemoryStore(), load: fails, commit: fails, bury: fails };
    const junk = buildIncoming({ messageId: 'j', body: 'junk', group: 'j', sequenceNumber: '1' });
    const stage = buildCompute({ store });
    expect(await computeBatch([buildMessage(), junk], TIME_MS, stage)).toEqual(['k-1', 'j']);
    const failures = stage.observations.filter((observation) => observation.kind === 'failure');
    expect(failures.sort((a, b) => a.group.localeCompare(b.group))).toMatchObject([
      { stage: 'compute', group: 'j', messages: 1 },
      { stage: 'compute', group: 'k', messages: 1, reason: 'socket hang up' },
    ]);
  });

  test('a redelivered group is committed before any new message is computed', async () => {
    const order: string[] = [];
    const pipeline = buildPipeline({
      compute: (state, _, { key }) => {
        order.push(`compute ${key}`);
        return state;
      },
    });
    const stage = buildCompute({ pipeline });
    const commit = stage.store.commit;
    const store = {
      ...stage.store,
      commit: async (one: Commit) => {
        order.push(`commit ${one.next.key}`);
        return commit(one);
      },
    };
    const batch = [buildMessage({ key: 'suspect', receiveCount: 2 }), buildMessage({ key: 'fresh' })];
    await computeBatch(batch, TIME_MS, { ...stage, store });
    expect(order).toEqual(['compute suspect', 'commit suspect', 'compute fresh', 'commit fresh']);
  });

  test('with no time left in the invocation, nothing starts and everything comes back', async () => {
    const stage = buildCompute();
    expect(await computeBatch([buildMessage()], 1_000, stage)).toEqual(['k-1']);
    expect(stage.store.calls).toEqual([]);
  });
});

describe('messages that Weir did not write', () => {
  test('junk is set aside with its reason, and its group continues', async () => {
    const stage = buildCompute();
    const bodies = ['not json', 'null', '[]', '{}', '{"v":1,"key":""}'];
    const junk = bodies.map((body, index) =>
      buildIncoming({ messageId: `j-${index}`, body, group: 'k', sequenceNumber: `${index + 2}` }),
    );
    const batch = [buildMessage({ sequence: 1 }), ...junk, buildMessage({ sequence: 9, request: 's' })];
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1, 1] });
    expect(stage.store.dead().map(({ id, body }) => [id, body])).toEqual(
      bodies.map((body, index) => [`j-${index}`, body]),
    );
  });

  test('junk larger than an item is cut, and its group continues', async () => {
    const stage = buildCompute();
    const body = 'é'.repeat(500_000);
    const junk = buildIncoming({ messageId: 'j', body, group: 'k', sequenceNumber: '2' });
    expect(await computeBatch([junk, buildMessage({ sequence: 9 })], TIME_MS, stage)).toEqual([]);
    const [dead] = stage.store.dead();
    expect(dead?.reason).toMatch(/is not JSON; of its 1000000 bytes the first 262144 are kept$/);
    expect(body.startsWith(dead?.body.slice(0, -1) ?? ' ')).toBe(true);
    expect(Buffer.byteLength(dead?.body ?? '')).toBeLessThan(MESSAGE_BYTES_MAX + 4);
  });

  test('a message in the group of another key is applied neither to that key nor to its own', async () => {
    const stage = buildCompute();
    const astray = { ...buildMessage({ key: 'other', sequence: 2 }), group: 'k' };
    const batch = [buildMessage(), astray, buildMessage({ sequence: 3, request: 's' })];
    expect(await computeBatch(batch, TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1, 1] });
    expect(stateOf(stage.store, 'other')).toBeUndefined();
    expect(stage.store.dead()).toMatchObject([{ id: 'other-2', stage: 'decode' }]);
  });

  test('a message without a sequence number is returned, not taken for a redelivery', async () => {
    const stage = buildCompute();
    const batch = [1, 2].map((n) => ({ ...buildMessage({ request: `r${n}` }), sequenceNumber: '' }));
    expect(await computeBatch(batch, TIME_MS, stage)).toHaveLength(2);
  });
});

describe('when two commits of a key meet:', () => {
  test('a commit whose answer was lost is recognised as its own', async () => {
    const stage = buildCompute();
    const commit = stage.store.commit;
    const store = {
      ...stage.store,
      // What the SDK makes of a lost answer: it repeats the put, which fails its own condition.
      commit: async (one: Commit) => {
        await commit(one);
        return commit(one);
      },
    };
    expect(await computeBatch([buildMessage()], TIME_MS, { ...stage, store })).toEqual([]);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1] });
    expect(stage.store.commits).toHaveLength(1);
  });

  test('after a commit of another environment, the fold continues on its item without another read', async () => {
    const first = buildCompute();
    const second = buildCompute({ store: first.store });
    await computeBatch([buildMessage({ sequence: 1, readings: ['a'] })], TIME_MS, first);
    await computeBatch([buildMessage({ sequence: 2, readings: ['b'], request: 's' })], TIME_MS, second);
    const loads = () => first.store.calls.filter((call) => call.startsWith('load')).length;
    const before = loads();
    await computeBatch([buildMessage({ sequence: 3, readings: ['c'], request: 't' })], TIME_MS, first);
    expect(stateOf(first.store)).toMatchObject({ seen: ['a', 'b', 'c'] });
    expect(loads()).toBe(before);
  });

  test('after a conflict, only messages that the other environment did not apply are applied', async () => {
    const first = buildCompute();
    const batch = [1, 2, 3].map((n) => buildMessage({ sequence: n, readings: [n], request: `r${n}` }));
    await computeBatch(batch.slice(0, 1), TIME_MS, first);
    await computeBatch(batch.slice(0, 2), TIME_MS, buildCompute({ store: first.store }));
    expect(await computeBatch(batch, TIME_MS, first)).toEqual([]);
    expect(stateOf(first.store)).toMatchObject({ seen: [1, 2, 3] });
  });

  test('the item may be gone when the condition fails: the key begins again', async () => {
    const stage = buildCompute();
    await computeBatch([buildMessage({ sequence: 1, readings: ['a'] })], TIME_MS, stage);
    stage.store.remove('k');
    await computeBatch([buildMessage({ sequence: 2, readings: ['b'], request: 's' })], TIME_MS, stage);
    expect(stage.store.item('k')).toMatchObject({ version: 1 });
    expect(stateOf(stage.store)).toMatchObject({ seen: ['b'] });
  });

  test('after too many conflicts the messages go back, and the key is read again', async () => {
    const stage = buildCompute();
    await computeBatch([buildMessage()], TIME_MS, stage);
    const current = stage.store.item('k');
    const store = { ...stage.store, commit: async () => ({ outcome: 'conflict' as const, current }) };
    const next = buildMessage({ sequence: 2, request: 's' });
    expect(await computeBatch([next], TIME_MS, { ...stage, store })).toEqual(['k-2']);
    const commits = stage.observations.filter(({ kind }) => kind === 'commit');
    expect(commits).toHaveLength(1 + COMMIT_TRIES_MAX);
    stage.store.calls.length = 0;
    await computeBatch([next], TIME_MS, stage);
    expect(stage.store.calls).toEqual(['load k', 'commit k 2']);
  });

  test('a late write of an invocation that was given up changes nothing', async () => {
    const zombie = buildCompute();
    const late: Commit[] = [];
    const store = {
      ...zombie.store,
      commit: async (one: Commit): Promise<CommitResult> => {
        late.push(one);
        throw new Error('the answer never came');
      },
    };
    const message = buildMessage();
    expect(await computeBatch([message], TIME_MS, { ...zombie, store })).toEqual(['k-1']);
    const heir = buildCompute({ store: zombie.store });
    expect(await computeBatch([{ ...message, receiveCount: 2 }], TIME_MS, heir)).toEqual([]);
    const before = zombie.store.item('k');
    for (const one of late) expect(await zombie.store.commit(one)).toMatchObject({ outcome: 'conflict' });
    expect(zombie.store.item('k')).toEqual(before);
  });

  test('a late write that came first is found in the item, and its message has no second effect', async () => {
    const stage = buildCompute();
    const message = buildMessage();
    await computeBatch([message], TIME_MS, stage);
    const heir = buildCompute({ store: stage.store });
    expect(await computeBatch([{ ...message, receiveCount: 2 }], TIME_MS, heir)).toEqual([]);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1] });
  });

  describe('a compute that changes its reading objects gives the same result', () => {
    const pipeline = buildPipeline({
      initial: () => [],
      compute: (state, reading) => {
        if (!Array.isArray(state) || !Array.isArray(reading)) throw new Error('not lists');
        state.push(reading);
        reading.push(state.length);
        return state;
      },
    });
    const at = (sequence: number) =>
      buildMessage({ sequence, request: `r${sequence}`, readings: [['read', sequence]] });

    test('after a conflict', async () => {
      const first = buildCompute({ pipeline });
      await computeBatch([at(1)], TIME_MS, first);
      await computeBatch([at(2)], TIME_MS, buildCompute({ pipeline, store: first.store }));
      await computeBatch([at(3)], TIME_MS, first);
      expect(stateOf(first.store)).toEqual([
        ['read', 1, 1],
        ['read', 2, 2],
        ['read', 3, 3],
      ]);
    });

    test('when a commit had no answer and is tried again', async () => {
      const stage = buildCompute({ pipeline });
      let outages = 1;
      const commit = async (one: Commit): Promise<CommitResult> => {
        outages -= 1;
        if (outages >= 0) throw new Error('outage');
        return stage.store.commit(one);
      };
      expect(await computeBatch([at(1)], TIME_MS, { ...stage, store: { ...stage.store, commit } })).toEqual(
        [],
      );
      expect(stateOf(stage.store)).toEqual([['read', 1, 1]]);
    });

    test('when a later reading threw and the fold is then cut before it', async () => {
      const stage = buildCompute();
      let calls = 0;
      const slowing = buildPipeline({
        initial: () => [],
        compute: (state, reading, context) => {
          calls += 1;
          stage.clock.spend(calls > 4 ? 70 : 1);
          return pipeline.compute(state, reading, context);
        },
      });
      const readings = [['a'], ['b'], ['c'], 'poison'];
      const batch = [buildMessage({ readings })];
      expect(await computeBatch(batch, TIME_MS, { ...stage, pipeline: slowing })).toEqual([]);
      expect(stateOf(stage.store)).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]);
      expect(stage.store.commits.length).toBeGreaterThan(1);
    });
  });
});

describe('the cache of a warm environment:', () => {
  test('a warm key costs one call for each batch, a cold one two', async () => {
    const { store, ...stage } = buildCompute();
    for (const sequence of [1, 2, 3]) {
      await computeBatch([buildMessage({ sequence, request: `r${sequence}` })], TIME_MS, { ...stage, store });
    }
    expect(store.calls).toEqual(['load k', 'commit k 1', 'commit k 2', 'commit k 3']);
  });

  test('a compute that changes its state in place leaves the cached one as it was committed', async () => {
    const pipeline = buildPipeline({
      initial: () => [],
      compute: (state, reading) => {
        if (Array.isArray(state)) state.push(reading);
        return state;
      },
    });
    const stage = buildCompute({ pipeline });
    await computeBatch([buildMessage({ readings: ['a'] })], TIME_MS, stage);
    const refusing = {
      ...stage.store,
      commit: async (): Promise<CommitResult> => {
        throw new Error('outage');
      },
    };
    const next = buildMessage({ sequence: 2, request: 's', readings: ['b'] });
    expect(await computeBatch([next], TIME_MS, { ...stage, store: refusing })).toEqual(['k-2']);
    expect(await computeBatch([next], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.calls.filter((call) => call.startsWith('load'))).toHaveLength(1);
  });

  test('a message is never acknowledged from memory alone: a deleted item is noticed', async () => {
    const stage = buildCompute();
    const message = buildMessage();
    await computeBatch([message], TIME_MS, stage);
    stage.store.remove('k');
    await computeBatch([{ ...message, receiveCount: 2 }], TIME_MS, stage);
    expect(stateOf(stage.store)).toMatchObject({ seen: [1] });
  });

  test('a key that was deleted and begun again up to the same version is not taken for the old one', async () => {
    const stage = buildCompute();
    await computeBatch([buildMessage({ sequence: 1, readings: ['old'] })], TIME_MS, stage);
    stage.store.remove('k');
    const other = buildCompute({ store: stage.store, random: () => 0.5 });
    await computeBatch([buildMessage({ sequence: 2, request: 's', readings: ['new'] })], TIME_MS, other);
    await computeBatch([buildMessage({ sequence: 3, request: 't', readings: ['newer'] })], TIME_MS, stage);
    expect(stateOf(stage.store)).toMatchObject({ seen: ['new', 'newer'] });
  });
});
