import { describe, expect, test } from 'vitest';
import { decodeItem, encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { controlMessage, forgetMessage, wakeMessage } from '../../../functions/commands.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { emptyMessage } from '../../../functions/pack.ts';
import type { Order, Pipeline } from '../../../functions/pipeline.ts';
import { TIMER_TAG } from '../../../functions/readings.ts';
import type { GapTimer } from '../../../functions/state.ts';
import {
  buildCompute,
  buildMessage,
  buildPipeline,
  type ComputeStage,
  deliver,
  stateOf,
} from '../../builders.ts';

const TIME_MS = 30_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = 1_000_000;

type RequestOrder = Extract<Order, { by: 'request' }>;
const order: RequestOrder = { by: 'request', sequence: () => 1, requestKey: () => 'k', gap: 'wait' };
const append = (state: unknown, reading: unknown) => [...(Array.isArray(state) ? state : []), reading];
const build = (parts: Partial<RequestOrder> = {}, pipeline: Partial<Pipeline> = {}): ComputeStage =>
  buildCompute({
    pipeline: buildPipeline({
      order: { ...order, ...parts },
      initial: () => [],
      compute: append,
      ...pipeline,
    }),
  });
const waitsAnHour = () => build({ skipAfterMs: HOUR_MS });

/** The request with that place, as the queue hands it over; its one reading is its place. */
const at = (place: number, sequence: number, minutes = 0, parts = {}) =>
  buildMessage({
    turn: place,
    sequence,
    request: `r${place}`,
    readings: [place],
    sentAt: START + minutes * MINUTE_MS,
    since: START + minutes * MINUTE_MS,
    ...parts,
  });
const item = ({ store }: ComputeStage) => store.item('k') ?? expect.fail('there is no such key');
const timerOf = (stage: ComputeStage): GapTimer => item(stage).gapTimer ?? expect.fail('there is no timer');

/** What a timer sends at its time. */
const comes = (
  { id, from }: GapTimer,
  sequence: number,
  parts: { sentAt?: number; receiveCount?: number } = {},
) => deliver(wakeMessage('k', { id, tag: TIMER_TAG, at: from }), { sequence, sentAt: from, ...parts });

describe('a gap with a time-out', () => {
  test('is skipped when its time is over and nothing came, and the messages behind it are applied in the same commit', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(4, 2, 5), at(3, 3, 6)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({
      next: { sequence: 2, chunk: 0 },
      parked: 2,
      waiting: { sequence: 2, chunk: 0, since: START + 5 * MINUTE_MS },
    });
    const timer = timerOf(stage);
    expect(timer.from).toBe(START + 65 * MINUTE_MS);
    expect(item(stage).waking).toEqual({
      set: [{ id: timer.id, tag: TIMER_TAG, at: timer.from }],
      cancel: [],
    });
    const { version } = item(stage);
    expect(await computeBatch([comes(timer, 4)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1, 3, 4]);
    expect(item(stage)).toMatchObject({ version: version + 1, next: { sequence: 5, chunk: 0 }, parked: 0 });
    expect(item(stage)).not.toHaveProperty('waiting');
    expect(item(stage)).not.toHaveProperty('gapTimer');
  });

  test('logs which places were skipped', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(5, 2)], TIME_MS, stage);
    await computeBatch([comes(timerOf(stage), 3)], TIME_MS, stage);
    const passed = stage.observations.flatMap((seen) =>
      seen.kind === 'commit' ? (seen.committed?.passed ?? []) : [],
    );
    expect(passed).toEqual([{ from: 2, to: 4 }]);
  });

  test('that closes in time is not skipped, and its timer serves the next gap', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    const timer = timerOf(stage);
    await computeBatch([at(2, 3, 10)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 2, 3]);
    expect(item(stage).waking).toBeUndefined();
    await computeBatch([at(5, 4, 20)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({
      gapTimer: timer,
      waiting: { sequence: 4, since: START + 20 * MINUTE_MS },
    });
    expect(item(stage).waking).toBeUndefined();
    await computeBatch([comes(timer, 5)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ next: { sequence: 4 }, gapTimer: { from: START + 80 * MINUTE_MS } });
    expect(item(stage).waking).toMatchObject({ set: [{ at: START + 80 * MINUTE_MS }], cancel: [] });
    await computeBatch([comes(timerOf(stage), 6)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 2, 3, 5]);
  });

  test('is not skipped by a message that was sent before its time was over, even if it is computed later', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    expect(await computeBatch([at(2, 3, 59), comes(timerOf(stage), 4)], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1, 2, 3]);
    expect(stage.store.dead()).toEqual([]);
  });

  test('once skipped stays skipped: a late request is set aside with the reason, and its repeat too', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    await computeBatch([comes(timerOf(stage), 3)], TIME_MS, stage);
    const late = at(2, 4, 90);
    expect(await computeBatch([late, { ...late, receiveCount: 2 }], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1, 3]);
    expect(stage.store.dead()).toMatchObject([{ reason: 'its turn in the sequence has passed' }]);
  });

  test('is skipped once, however often the message of its timer arrives', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2), at(5, 3)], TIME_MS, stage);
    const timer = timerOf(stage);
    const twice = [comes(timer, 4), comes(timer, 5), comes(timer, 6, { sentAt: timer.from + 9 * HOUR_MS })];
    expect(await computeBatch(twice, TIME_MS, stage)).toEqual([]);
    expect(await computeBatch([comes(timer, 4, { receiveCount: 2 })], TIME_MS, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual([1, 3]);
    expect(item(stage)).toMatchObject({ next: { sequence: 4 }, parked: 1 });
  });

  test('behind a skipped gap waits the whole time again', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2), at(5, 3, 30)], TIME_MS, stage);
    const first = timerOf(stage);
    await computeBatch([comes(first, 4)], TIME_MS, stage);
    expect(item(stage).waiting).toMatchObject({ sequence: 4, chunk: 0, since: first.from });
    expect(timerOf(stage).from).toBe(first.from + HOUR_MS);
  });

  test('of the first messages of a request has its own wait before the rest of the request is applied', async () => {
    const compute = (state: unknown, reading: unknown) => append(state, String(reading).slice(0, 1));
    const stage = build({ skipAfterMs: HOUR_MS }, { compute });
    const large = 'x'.repeat(150 * 1024);
    const readings = ['a', 'b', 'c'].map((letter) => `${letter}${large}`);
    const part = (chunk: number, sequence: number) => at(3, sequence, 0, { readings, chunk });
    await computeBatch([at(1, 1), part(2, 2)], TIME_MS, stage);
    await computeBatch([comes(timerOf(stage), 3)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({
      next: { sequence: 3, chunk: 0 },
      waiting: { sequence: 3, chunk: 0 },
    });
    await computeBatch([part(0, 4)], TIME_MS, stage);
    expect(item(stage).waiting).toMatchObject({ sequence: 3, chunk: 1 });
    await computeBatch([comes(timerOf(stage), 5)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual(['1', 'a', 'c']);
    expect(item(stage)).toMatchObject({ next: { sequence: 4, chunk: 0 }, parked: 0 });
  });

  test('that has a tombstone needs no wait, and a tombstone behind a gap is applied with the rest', async () => {
    const stage = waitsAnHour();
    const tombstone = (place: number, sequence: number) =>
      deliver(emptyMessage({ id: `t${place}`, since: START, sequence: place }, 'k', 'tombstone'), {
        sequence,
      });
    await computeBatch([at(1, 1), tombstone(2, 2), at(3, 3), tombstone(5, 4), at(6, 5)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ next: { sequence: 4 }, parked: 2 });
    await computeBatch([comes(timerOf(stage), 6)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 3, 6]);
    expect(item(stage)).toMatchObject({ next: { sequence: 7 }, parked: 0 });
  });

  test('is not skipped while its key is stopped, and has its whole time again when the key is resumed', async () => {
    const stage = build(
      { skipAfterMs: HOUR_MS },
      {
        poison: 'stop',
        compute: (state, reading) => {
          if (reading === 1) throw new Error('not yet');
          return append(state, reading);
        },
      },
    );
    await computeBatch([at(3, 1)], TIME_MS, stage);
    const timer = timerOf(stage);
    await computeBatch([at(1, 2, 30)], TIME_MS, stage);
    expect(item(stage)).not.toHaveProperty('waiting');
    await computeBatch([comes(timer, 3)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ next: { sequence: 1 }, parked: 2, stopped: { index: 0 } });
    const { receipt = '', index = 0 } = item(stage).stopped ?? {};
    const word = controlMessage('k', 'skip', { receipt, index }, 'w');
    await computeBatch([deliver(word, { sequence: 4, sentAt: START + 3 * HOUR_MS })], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ waiting: { sequence: 2, chunk: 0, since: START + 3 * HOUR_MS } });
    expect(timerOf(stage).from).toBe(START + 4 * HOUR_MS);
  });

  test('of a forgotten key is forgotten too: its timer has no effect', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    const timer = timerOf(stage);
    await computeBatch([deliver(forgetMessage('k', 'asked for', 'w'), { sequence: 3 })], TIME_MS, stage);
    await computeBatch([comes(timer, 4), at(4, 5, 90)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([4]);
    expect(item(stage)).not.toHaveProperty('gapTimer');
  });

  test('whose timer was lost gets another one with the next message that is much later', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    const lost = timerOf(stage);
    await computeBatch([at(5, 3, 121)], TIME_MS, stage);
    const other = timerOf(stage);
    expect(other).toMatchObject({ from: START + 121 * MINUTE_MS });
    expect(item(stage).waking).toEqual({
      set: [{ id: other.id, tag: TIMER_TAG, at: other.from }],
      cancel: [lost.id],
    });
    expect(await computeBatch([comes(lost, 4)], TIME_MS, stage)).toEqual([]);
    expect(timerOf(stage)).toEqual(other);
    await computeBatch([comes(other, 5)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 3]);
  });

  test('uses the time-out of the build that computes the key: without one its timer skips nothing', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    const waits = { ...build(), store: stage.store };
    await computeBatch([comes(timerOf(stage), 3)], TIME_MS, waits);
    expect(item(stage)).toMatchObject({ next: { sequence: 2 }, parked: 1, waiting: { sequence: 2 } });
    expect(stage.store.encoded('k')?.['format']).toEqual({ N: '1' });
    const again = { ...waitsAnHour(), store: stage.store };
    await computeBatch([at(4, 4, 70)], TIME_MS, again);
    await computeBatch([comes(timerOf(stage), 5)], TIME_MS, again);
    expect(stateOf(stage.store)).toEqual([1, 3, 4]);
  });

  test('makes an item that an older build refuses while a timer is due, and accepts otherwise', async () => {
    const stage = waitsAnHour();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, stage);
    const encoded = stage.store.encoded('k') ?? {};
    expect(encoded['format']).toEqual({ N: '4' });
    expect(decodeItem(encoded)).toEqual(item(stage));
    expect(encodeItem(decodeItem(encoded))).toEqual(encoded);
    const waits = build();
    await computeBatch([at(1, 1), at(3, 2)], TIME_MS, waits);
    expect(waits.store.encoded('k')).toMatchObject({
      format: { N: '1' },
      waiting: { S: `{"sequence":2,"chunk":0,"since":${START}}` },
    });
  });
});

describe('the first place of a key', () => {
  test('is the one that the pipeline gives: nothing before it is waited for', async () => {
    const stage = build();
    const begins = (place: number, sequence: number) => at(place, sequence, 0, { start: 57 });
    await computeBatch([begins(58, 1)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ next: { sequence: 57 }, waiting: { sequence: 57 } });
    await computeBatch([begins(57, 2), begins(59, 3)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([57, 58, 59]);
  });

  test('may be given while the key waits for earlier places: it continues, and earlier requests are set aside', async () => {
    const stage = build();
    await computeBatch([at(3, 1), at(57, 2), at(58, 3)], TIME_MS, stage);
    await computeBatch([at(59, 4, 0, { start: 57 })], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([57, 58, 59]);
    expect(stage.store.dead()).toMatchObject([{ reason: 'its turn in the sequence has passed' }]);
  });

  test('never moves a key back that is past it', async () => {
    const stage = build();
    await computeBatch([at(1, 1), at(2, 2, 0, { start: 2 }), at(3, 3, 0, { start: 2 })], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 2, 3]);
  });

  test('is the first that arrives, if the pipeline says so; later gaps wait as usual', async () => {
    const stage = build({ firstAfterMs: 10 * MINUTE_MS });
    await computeBatch([at(59, 1), at(57, 2, 5), at(58, 3, 6)], TIME_MS, stage);
    expect(timerOf(stage).from).toBe(START + 10 * MINUTE_MS);
    await computeBatch([comes(timerOf(stage), 4)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([57, 58, 59]);
    await computeBatch([at(61, 5, 20)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ waiting: { sequence: 60 } });
    expect(item(stage)).not.toHaveProperty('gapTimer');
  });
});

describe('places that are known to stay empty', () => {
  const follows = (place: number, before: number, sequence: number) =>
    at(place, sequence, 0, { follows: before });

  test('are not waited for: a request is applied behind the one that it follows, in whatever order they arrive', async () => {
    for (const list of [
      [1, 4, 9],
      [9, 4, 1],
      [4, 9, 1],
      [1, 9, 4],
    ]) {
      const before: Record<number, number> = { 1: 0, 4: 1, 9: 4 };
      const stage = build();
      for (const [index, place] of list.entries())
        await computeBatch([follows(place, before[place] ?? 0, index + 1)], TIME_MS, stage);
      expect(stateOf(stage.store)).toEqual([1, 4, 9]);
      expect(item(stage)).toMatchObject({ parked: 0, next: { sequence: 10, chunk: 0 } });
    }
  });

  test('do not end a request that has begun at one of them: its last message is awaited', async () => {
    const stage = build();
    const large = 'x'.repeat(150 * 1024);
    const part = (chunk: number, sequence: number) =>
      at(2, sequence, 0, { readings: [`a${large}`, `b${large}`], chunk });
    await computeBatch([at(1, 1), part(0, 2), follows(4, 1, 3)], TIME_MS, stage);
    expect(item(stage)).toMatchObject({ next: { sequence: 2, chunk: 1 }, parked: 1 });
    await computeBatch([part(1, 4)], TIME_MS, stage);
    expect((stateOf(stage.store) as unknown[]).at(-1)).toBe(4);
    expect(item(stage)).toMatchObject({ next: { sequence: 5 }, parked: 0 });
  });

  test('are skipped by a tombstone as by a request', async () => {
    const stage = build();
    const tombstone = emptyMessage({ id: 't', since: START, sequence: 4, follows: 1 }, 'k', 'tombstone');
    await computeBatch([at(5, 1), deliver(tombstone, { sequence: 2 }), at(1, 3)], TIME_MS, stage);
    expect(stateOf(stage.store)).toEqual([1, 5]);
  });
});
