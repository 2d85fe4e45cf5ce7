import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { type FoldInput, fold } from '../../../functions/compute/fold.ts';
import { createFoldApart, type RunFold } from '../../../functions/compute/fold-apart.ts';
import type { Progress } from '../../../functions/compute/fold-child.ts';
import { TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { buildCompute, buildMessage, buildPipeline, stateOf } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { hostile } from './hostile-folds.ts';
import { computeInProcesses } from './in-processes.ts';

const build = () => ({ ...buildCompute({ pipeline: hostile }), clock: systemClock });
/** A batch that was seen before: it may have ended the earlier invocation. */
const suspect = (...readings: unknown[]) => buildMessage({ readings, receiveCount: 2 });

describe('a compute that ends its process', () => {
  test.each([
    ['exit', /^compute ended its process with exit code 3$/],
    ['abort', /SIGABRT/],
    ['signal', /SIGKILL/],
    ['signalToAll', /SIGKILL/],
    ['stack', /Maximum call stack/],
    ['memory', /memory/],
    ['buffers', /took more than 128 MB of memory/],
    ['oneBuffer', /took more than 128 MB of memory/],
    ['arrayBuffers', /took more than 128 MB of memory/],
    ['sharedBuffers', /took more than 128 MB of memory/],
    ['webAssembly', /took more than 128 MB of memory/],
  ])('by %s costs its own reading only, nothing beside it (fault 31)', async (ending, reason) => {
    const stage = build();
    const batch = [suspect('a', ending, 'b'), buildMessage({ key: 'other', readings: ['c'] })];
    await computeInProcesses(batch, stage);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stateOf(stage.store, 'other')).toEqual(['c']);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(reason), attempts: 2 }]);
  });

  test.each(['loop', 'hash', 'command'])(
    'by %s is stopped, and costs its own reading only (fault 31)',
    async (ending) => {
      const stage = build();
      await computeInProcesses([suspect('a', ending, 'b')], stage);
      expect(stateOf(stage.store)).toEqual(['a', 'b']);
      expect(stage.store.dead()).toMatchObject([
        { reason: expect.stringMatching(/did not come back within/) },
      ]);
    },
  );

  test.each(['microtasks', 'exitLater'])(
    'only after its fold (%s) has its effect, and the process is gone with all that it had left to do',
    async (ending) => {
      const stage = build();
      await computeInProcesses([suspect('a', ending, 'b')], stage);
      expect(stateOf(stage.store)).toEqual(['a', ending, 'b']);
      expect(stage.store.dead()).toEqual([]);
    },
  );

  test('is held guilty and set aside beside any amount of other work', async () => {
    const clock = createInstantClock(1_000_000);
    const pipeline = buildPipeline({
      initial: () => 0,
      compute: (count, reading) => {
        if (reading === 'work') clock.spend(10);
        return Number(count) + 1;
      },
    });
    /** A process that never comes back when it meets the reading "loop". */
    const loops: RunFold = async (input, timeoutMs) => {
      let at: Progress | undefined;
      const folded = fold(pipeline, clock, input, (receipt, index) => {
        const message = input.arrivals.findIndex((each) => each.receipt === receipt);
        if (input.arrivals[message]?.message.readings[index] === 'loop') at ??= { message, index };
      });
      if (at === undefined) return { fold: folded };
      clock.spend(timeoutMs);
      return { late: true, at };
    };
    const foldApart = createFoldApart(loops, pipeline.limits, clock);
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
    await computeInProcesses([suspect('a', 'b')], stage);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.dead()).toEqual([]);
  });

  test('and the whole function with it leaves its neighbours a turn before it in one of two deliveries', async () => {
    const names = ['a', 'b', 'c', 'd', 'killer', 'x', 'y', 'z'];
    const turns = async (receiveCount: (index: number) => number) => {
      const tried: string[] = [];
      const stage = {
        ...buildCompute({ pipeline: hostile }),
        foldApart: async (input: FoldInput) => {
          tried.push(input.key);
          return fold(hostile, systemClock, input);
        },
      };
      const batch = names.map((key, index) => buildMessage({ key, receiveCount: receiveCount(index) }));
      expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
      return tried.slice(0, tried.indexOf('killer'));
    };
    for (const counts of [() => 2, (index: number) => 2 + (index % 2), () => 5]) {
      const committed = [...(await turns(counts)), ...(await turns((index) => counts(index) + 1))];
      expect([...new Set(committed)].sort()).toEqual(names.filter((name) => name !== 'killer'));
    }
  });

  test('is tried with a share of the time first, and with all of it when it comes back, after those never tried', async () => {
    const order: string[] = [];
    const pipeline = {
      ...hostile,
      compute: (state: unknown, _: unknown, { key }: { readonly key: string }) => {
        order.push(key);
        return state;
      },
    };
    const stage = buildCompute({ pipeline });
    const batch = [3, 2, 1, 2].map((receiveCount, index) =>
      buildMessage({ key: `${receiveCount} times, ${index}`, receiveCount }),
    );
    expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
    expect(order).toEqual(['2 times, 3', '2 times, 1', '1 times, 2', '3 times, 0']);
  });
});
