import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { type FoldInput, fold } from '../../../functions/compute/fold.ts';
import {
  createFoldApart,
  foldApartBy,
  noteProgress,
  type RunFold,
} from '../../../functions/compute/fold-apart.ts';
import { TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { buildCompute, buildMessage, buildPipeline, stateOf } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { HOSTILE_FOLDS, hostile } from './hostile-folds.ts';

const foldApart = createFoldApart(HOSTILE_FOLDS, hostile, systemClock);
const build = () => ({ ...buildCompute({ pipeline: hostile }), clock: systemClock, foldApart });
/** A batch that was seen before: it may have ended the earlier invocation. */
const suspect = (...readings: unknown[]) => buildMessage({ readings, receiveCount: 2 });

describe('a compute that ends its thread', () => {
  test.each([
    ['exit', /exit code 3/],
    ['memory', /memory/i],
    ['stack', /Maximum call stack/],
  ])('by %s costs its own reading only, nothing beside it (fault 31)', async (ending, reason) => {
    const stage = build();
    const batch = [suspect('a', ending, 'b'), buildMessage({ key: 'other', readings: ['c'] })];
    expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stateOf(stage.store, 'other')).toEqual(['c']);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(reason), attempts: 2 }]);
  });

  test('by looping for ever is stopped, and costs its own reading only (fault 31)', async () => {
    const stage = build();
    // The share of the time that a compute may have, and a little for what comes before it.
    const remainingMs = hostile.limits.computeTimeoutMs + TIMEOUT_MARGIN_MS;
    const batch = [suspect('a', 'loop', 'b')];
    let back = await computeBatch(batch, remainingMs, stage);
    if (back.length > 0) back = await computeBatch(batch, remainingMs, stage);
    expect(back).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(/did not come back within/) }]);
  });

  test('is held guilty and set aside beside any amount of other work', async () => {
    const clock = createInstantClock(1_000_000);
    const pipeline = buildPipeline({
      initial: () => 0,
      compute: (count, reading) => {
        if (reading === 'work') clock.spend(10);
        return Number(count) + 1;
      },
    });
    /** A thread that never comes back when it meets the reading "loop". */
    const loops: RunFold = async (input, progress, timeoutMs) => {
      const note = noteProgress(input, progress);
      let met = false;
      const folded = fold(pipeline, clock, input, (receipt, index) => {
        if (!met) note(receipt, index);
        met ||= input.arrivals.find((each) => each.receipt === receipt)?.message.readings[index] === 'loop';
      });
      if (!met) return { fold: folded };
      clock.spend(timeoutMs);
      return { late: true };
    };
    const foldApart = foldApartBy(loops, pipeline.limits, clock);
    const stage = buildCompute({ pipeline, clock, foldApart });
    let deliveries = 1;
    for (let back = ['all']; back.length > 0 && deliveries < 10; ) {
      deliveries += 1;
      const seen = { key: 'bad', receiveCount: deliveries };
      const bad = [
        buildMessage({ ...seen, sequence: 1, request: 'x', readings: ['loop', 'a'] }),
        buildMessage({ ...seen, sequence: 2, request: 'y', readings: ['b'] }),
      ];
      const work = Array.from({ length: 400 }, () => 'work');
      const good = buildMessage({
        key: 'good',
        sequence: deliveries,
        request: `${deliveries}`,
        readings: work,
      });
      back = await computeBatch([good, ...bad], pipeline.limits.computeTimeoutMs + TIMEOUT_MARGIN_MS, stage);
      back = back.filter((id) => id !== good.messageId);
    }
    expect(deliveries).toBeLessThan(5);
    expect(stateOf(stage.store, 'bad')).toBe(2);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(/did not come back within/) }]);
  });

  test('that ends well is folded apart like anywhere else', async () => {
    const stage = build();
    expect(await computeBatch([suspect('a', 'b')], 60_000, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.dead()).toEqual([]);
  });

  test('is not tried before its neighbours: who takes all the time comes last, and of those the oldest first', async () => {
    const tried: string[] = [];
    const stage = {
      ...buildCompute({ pipeline: hostile }),
      foldApart: async (input: FoldInput) => {
        tried.push(input.key);
        return fold(hostile, systemClock, input);
      },
    };
    const batch = [3, 2, 5, 2].map((receiveCount, index) =>
      buildMessage({ key: `${receiveCount} times, ${index}`, receiveCount }),
    );
    expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
    expect(tried).toEqual(['2 times, 1', '2 times, 3', '5 times, 2', '3 times, 0']);
  });
});
