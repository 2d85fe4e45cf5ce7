import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { controlMessage, forgetMessage, wakeMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { WAKE_TAG_LENGTH_MAX, WAKES_PER_KEY_MAX } from '../../../functions/limits.ts';
import type { Order, Pipeline } from '../../../functions/pipeline.ts';
import type { PendingWake } from '../../../functions/state.ts';
import {
  buildCompute,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  deliver,
  stateOf,
} from '../../builders.ts';

const TIME_MS = 30_000;
const HOUR_MS = 3_600_000;
const START = 1_000_000;

/** `['at', 5]` asks for the wake `tag` at 5 ms after the start; `['off']` takes it back; `['bad', value]` asks for what cannot be. */
type Reading =
  | readonly ['at', number, string?]
  | readonly ['off']
  | readonly ['bad', unknown]
  | readonly ['note', string];

const woken: Partial<Pipeline> = {
  initial: () => [],
  compute: (state, reading, { wake, cancelWake }) => {
    const [what, value, tag = 'tag'] = reading as Reading;
    if (what === 'at') wake(START + Number(value), tag);
    if (what === 'off') cancelWake('tag');
    if (what === 'bad') wake(value as number, 'tag');
    return [...(state as unknown[]), what === 'note' ? value : what];
  },
  wake: (state, tag, { at }) => [...(state as unknown[]), `${tag} at ${at - START}`],
};
const build = (parts: Partial<Pipeline> = {}): ComputeStage =>
  buildCompute({ pipeline: buildPipeline({ ...woken, ...parts }) });

const message = (reading: Reading, sequence: number, parts = {}) =>
  buildMessage({ request: `r-${sequence}`, readings: [reading], sequence, sentAt: START, ...parts });

const wakesOf = ({ store }: ComputeStage): readonly PendingWake[] => store.item('k')?.wakes ?? [];
const first = (stage: ComputeStage): PendingWake =>
  wakesOf(stage)[0] ?? expect.fail('the key waits for no wake');

/** What the schedule of that wake sends, at its time or when it is said. */
function comes(
  { id, tag, from }: PendingWake,
  sequence: number,
  parts: { sentAt?: number; receiveCount?: number } = {},
) {
  return deliver(wakeMessage('k', { id, tag, at: from }), { sequence, sentAt: from, ...parts });
}

const again = (body = '') => ({ key: 'k', body, group: 'k', deduplicationId: 'd', readings: 1 });

describe('a wake', () => {
  test('that compute asks for is in the commit with its schedule, and reaches the pipeline once', async () => {
    const stage = build();
    expect(await computeBatch([message(['at', 5], 1)], TIME_MS, stage)).toEqual([]);
    const wake = first(stage);
    expect(wake).toEqual({ tag: 'tag', at: START + 5, id: wake.id, from: START + 5 });
    expect(wake.id).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/);
    expect(stage.store.item('k')?.waking).toEqual({
      set: [{ id: wake.id, tag: 'tag', at: START + 5 }],
      cancel: [],
    });
    expect(await computeBatch([comes(wake, 2)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'tag at 5']);
    expect(stage.store.item('k')).toMatchObject({ wakes: [], counts: { applied: 1, skipped: 0, dead: 0 } });
    expect(stage.store.item('k')?.waking).toBeUndefined();
  });

  test('that arrives twice, from SQS or its schedule, however late, has no second effect', async () => {
    const stage = build();
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    const wake = first(stage);
    const other = buildCompute({ pipeline: buildPipeline(woken), store: stage.store });
    await computeBatch([comes(wake, 2)], TIME_MS, stage);
    expect(await computeBatch([comes(wake, 2, { receiveCount: 2 }), comes(wake, 3)], TIME_MS, stage)).toEqual(
      [],
    );
    expect(
      await computeBatch([comes(wake, 9, { sentAt: wake.from + 60 * 24 * HOUR_MS })], TIME_MS, other),
    ).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'tag at 5']);
  });

  test('that was cancelled or replaced does not happen, whatever its schedule still sends', async () => {
    const stage = build();
    await computeBatch([message(['at', 50], 1)], TIME_MS, stage);
    const old = first(stage);
    await computeBatch([message(['at', 5], 2)], TIME_MS, stage);
    const earlier = first(stage);
    expect(stage.store.item('k')?.waking).toMatchObject({ set: [{ id: earlier.id }], cancel: [old.id] });
    await computeBatch([comes(old, 3)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'at']);
    await computeBatch([message(['off'], 4)], TIME_MS, stage);
    expect(stage.store.item('k')?.waking).toEqual({ set: [], cancel: [earlier.id] });
    expect(await computeBatch([comes(earlier, 5)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'at', 'off']);
  });

  test('that is put off with every reading makes one schedule at a time, and comes at the last time that was asked for', async () => {
    const stage = build();
    await computeBatch([message(['at', 10], 1)], TIME_MS, stage);
    const set = first(stage);
    for (const at of [20, 30, 40]) await computeBatch([message(['at', at], at)], TIME_MS, stage);
    expect(stage.store.item('k')?.waking).toBeUndefined();
    expect(first(stage)).toEqual({ ...set, at: START + 40 });
    await computeBatch([comes(set, 50)], TIME_MS, stage);
    const last = first(stage);
    expect(last).toMatchObject({ at: START + 40, from: START + 40 });
    expect(stage.store.item('k')?.waking).toEqual({
      set: [{ id: last.id, tag: 'tag', at: last.from }],
      cancel: [],
    });
    expect(stateOf(stage.store)).toHaveLength(4);
    await computeBatch([comes(last, 51)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'at', 'at', 'at', 'tag at 40']);
  });

  test('for a time that has passed is scheduled for now, and comes', async () => {
    const stage = build();
    await computeBatch([message(['at', -500_000], 1)], TIME_MS, stage);
    expect(first(stage).from).toBe(START);
    await computeBatch([message(['note', 'before it'], 2)], TIME_MS, stage);
    await computeBatch([comes(first(stage), 3)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'before it', `tag at ${-500_000}`]);
  });

  test('may ask for the next one under its own tag, which is another wake', async () => {
    const stage = build({
      wake: (state, tag, { at, wake }) => {
        wake(at + 10, tag);
        return [...(state as unknown[]), at - START];
      },
    });
    await computeBatch([message(['at', 10], 1)], TIME_MS, stage);
    for (const sequence of [2, 3, 4]) await computeBatch([comes(first(stage), sequence)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 10, 20, 30]);
    expect(first(stage).at).toBe(START + 40);
  });

  test('of another tag waits beside it, up to a bound; a reading that asks for more is set aside', async () => {
    const stage = build();
    const asks = Array.from({ length: WAKES_PER_KEY_MAX + 1 }, (_, n) =>
      message(['at', n + 1, `t${n}`], n + 1),
    );
    expect(await computeBatch(asks.slice(0, 10), TIME_MS, stage)).toEqual([]);
    expect(await computeBatch(asks.slice(10), TIME_MS, stage)).toEqual([]);
    expect(wakesOf(stage)).toHaveLength(WAKES_PER_KEY_MAX);
    expect(stage.store.dead()[0]?.reason).toContain(`at most ${WAKES_PER_KEY_MAX} are allowed`);
  });

  test.each([
    ['Number.NaN', Number.NaN],
    ['a date', new Date(0)],
    ['a time before 1970', -1],
    ['a time after the year 9999', 1e15],
  ])('for %s is refused: the reading is set aside, and the reason says what to do', async (_, at) => {
    const stage = build({
      compute: (state, __, { wake }) => {
        wake(at as number, 't');
        return state;
      },
    });
    expect(await computeBatch([message(['note', ''], 1)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.dead()[0]?.reason).toContain('give epoch milliseconds');
  });

  test.each([[''], ['x'.repeat(WAKE_TAG_LENGTH_MAX + 1)], [7]])('with the tag %j is refused', async (tag) => {
    const stage = build({
      compute: (state, __, { cancelWake }) => {
        cancelWake(tag as string);
        return state;
      },
    });
    expect(await computeBatch([message(['note', ''], 1)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.dead()[0]?.reason).toContain('the tag of a wake is');
  });

  test('is refused if the pipeline has no wake function', async () => {
    const stage = build({ wake: undefined });
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    expect(stage.store.dead()[0]?.reason).toContain('add wake: (state, tag) => state');
  });

  test('is dropped if its reading throws after asking for it', async () => {
    const stage = build({
      compute: (state, reading, { wake }) => {
        wake(START + 5, 'tag');
        if (String(reading) === 'note,bad') throw new Error('no');
        return state;
      },
    });
    await computeBatch([message(['note', 'bad'], 1)], TIME_MS, stage);
    expect(wakesOf(stage)).toEqual([]);
  });
});

describe('a wake of a key', () => {
  test('that was forgotten since then has no effect', async () => {
    const stage = build();
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    const wake = first(stage);
    await computeBatch(
      [deliver(forgetMessage('k', 'asked', 'f'), { sequence: 2, sentAt: START })],
      TIME_MS,
      stage,
    );
    expect(stage.store.item('k')).toMatchObject({
      state: undefined,
      wakes: [],
      waking: { set: [], cancel: [wake.id] },
    });
    expect(await computeBatch([comes(wake, 3)], TIME_MS, stage)).toEqual([]);
    expect(stage.store.item('k')).toMatchObject({ state: undefined, version: 2 });
  });

  test('whose item is gone, or was started again, has no effect', async () => {
    const stage = build();
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    const wake = first(stage);
    const other = build();
    expect(await computeBatch([comes(wake, 3)], TIME_MS, other)).toEqual([]);
    expect(other.store.item('k')).toBeUndefined();
    await computeBatch([message(['at', 5], 4)], TIME_MS, other);
    await computeBatch([comes(wake, 5)], TIME_MS, other);
    expect(stateOf(other.store)).toEqual(['at']);
  });

  test('that is overdue by more than an hour is scheduled again by the next reading: its schedule counts as lost', async () => {
    const stage = build();
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    const lost = first(stage);
    await computeBatch([message(['note', 'soon'], 2, { sentAt: START + HOUR_MS })], TIME_MS, stage);
    expect(first(stage)).toEqual(lost);
    const late = START + 2 * HOUR_MS;
    await computeBatch([message(['note', 'late'], 3, { sentAt: late })], TIME_MS, stage);
    await computeBatch([message(['note', 'later'], 4, { sentAt: late + 1 })], TIME_MS, stage);
    const again = first(stage);
    expect(again).toMatchObject({ at: START + 5, from: late });
    await computeBatch([comes(lost, 5, { sentAt: late + 2 }), comes(again, 6)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'soon', 'late', 'later', 'tag at 5']);
  });

  test('that is hours late still happens', async () => {
    const stage = build();
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    await computeBatch([comes(first(stage), 2, { sentAt: START + 30 * HOUR_MS })], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'tag at 5']);
  });

  test('on which the pipeline throws is set aside, and happens when it is redriven, unless it was replaced', async () => {
    const broken = { wake: () => expect.fail('not yet fixed') };
    const stage = build(broken);
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    const wake = first(stage);
    expect(await computeBatch([comes(wake, 2)], TIME_MS, stage)).toEqual([]);
    expect(await computeBatch([comes(wake, 2, { receiveCount: 2 })], TIME_MS, stage)).toEqual([]);
    expect(stage.store.dead()).toHaveLength(1);
    expect(stage.store.item('k')).toMatchObject({ wakes: [{ spent: true }], counts: { dead: 1 } });
    const [dead] = stage.store.dead();
    const redriven = again(dead?.body);
    const fixed = buildCompute({ pipeline: buildPipeline(woken), store: stage.store });
    expect(
      await computeBatch([deliver(redriven, { sequence: 7, sentAt: START + 9 })], TIME_MS, fixed),
    ).toEqual([]);
    expect(
      await computeBatch([deliver(redriven, { sequence: 8, sentAt: START + 9 })], TIME_MS, fixed),
    ).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'tag at 5']);

    const anew = build(broken);
    await computeBatch([message(['at', 5], 1)], TIME_MS, anew);
    await computeBatch([comes(first(anew), 2)], TIME_MS, anew);
    // Later than the one that was set aside, and yet it needs a schedule of its own.
    await computeBatch([message(['at', 50], 3)], TIME_MS, anew);
    expect(anew.store.item('k')?.waking?.set).toHaveLength(1);
    const body = anew.store.dead()[0]?.body ?? '';
    const later = buildCompute({ pipeline: buildPipeline(woken), store: anew.store });
    await computeBatch([deliver(again(body), { sequence: 7, sentAt: START + 60 })], TIME_MS, later);
    expect(stateOf(anew.store)).toEqual(['at', 'at']);
  });

  test('that stops on it waits for the operator, who skips or retries it', async () => {
    let broken = true;
    const stage = build({
      poison: 'stop',
      wake: (state) => {
        if (broken) throw new Error('not yet fixed');
        return [...(state as unknown[]), 'woken'];
      },
    });
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    await computeBatch([comes(first(stage), 2), message(['note', 'behind'], 3)], TIME_MS, stage);
    const { stopped } = stage.store.item('k') ?? {};
    expect(stopped?.reason).toBe('not yet fixed');
    expect(stage.store.item('k')?.parked).toBe(2);
    broken = false;
    const resume = controlMessage('k', 'resume', stopped ?? expect.fail('it does not stand still'), 'resume');
    expect(await computeBatch([deliver(resume, { sequence: 4, sentAt: START })], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'woken', 'behind']);
  });

  test('that is skipped by the operator is set aside, and the key goes on', async () => {
    const stage = build({ poison: 'stop', wake: () => expect.fail('not yet fixed') });
    await computeBatch([message(['at', 5], 1)], TIME_MS, stage);
    await computeBatch([comes(first(stage), 2), message(['note', 'behind'], 3)], TIME_MS, stage);
    const { stopped } = stage.store.item('k') ?? {};
    const skip = controlMessage('k', 'skip', stopped ?? expect.fail('it does not stand still'), 'skip');
    expect(await computeBatch([deliver(skip, { sequence: 4, sentAt: START })], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['at', 'behind']);
    expect(stage.store.item('k')).toMatchObject({ wakes: [{ spent: true }], parked: 0 });
    expect(decodeMessage(stage.store.dead()[0]?.body ?? '').kind).toBe('wake');
  });

  test('takes no place in request order: it happens between two requests and waits for none', async () => {
    const order: Order = { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'skip' };
    const stage = build({ order });
    await computeBatch(
      [message(['at', 5], 1, { turn: 1 }), message(['note', 'third'], 2, { turn: 3 })],
      TIME_MS,
      stage,
    );
    await computeBatch([comes(first(stage), 3)], TIME_MS, stage);
    await computeBatch([message(['note', 'second'], 4, { turn: 2 })], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['at', 'tag at 5', 'second', 'third']);
    expect(stage.store.item('k')).toMatchObject({ next: { sequence: 4, chunk: 0 }, parked: 0 });
  });
});

test('an item keeps its wakes in the table, in format 3, also when none is left; an item without wakes has no trace of them', async () => {
  const stage = build();
  await computeBatch([message(['note', 'plain'], 1)], TIME_MS, stage);
  const plain = encodeItem(stage.store.item('k') ?? expect.fail());
  expect(plain['format']).toEqual({ N: '1' });
  expect(Object.keys(plain)).not.toContain('wakes');
  await computeBatch([message(['at', 5], 2)], TIME_MS, stage);
  const item = stage.store.item('k') ?? expect.fail();
  expect(encodeItem(item)).toMatchObject({ format: { N: '3' }, waking: { S: expect.any(String) } });
  expect(decodeItem(encodeItem(item))).toEqual(item);
  await computeBatch([message(['off'], 3)], TIME_MS, stage);
  await computeBatch([message(['note', 'later'], 4)], TIME_MS, stage);
  const quiet = encodeItem(stage.store.item('k') ?? expect.fail());
  expect(quiet).toMatchObject({ format: { N: '3' }, wakes: { S: '[]' } });
  expect(Object.keys(quiet)).not.toContain('waking');
});
