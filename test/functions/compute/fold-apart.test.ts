import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { fold } from '../../../functions/compute/fold.ts';
import { createFoldApart, type RunFold } from '../../../functions/compute/fold-apart.ts';
import type { Progress } from '../../../functions/compute/fold-child.ts';
import { TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { groupOf } from '../../../functions/message-ids.ts';
import { buildCompute, buildMessage, buildPipeline, stateOf } from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { hostile } from './hostile-folds.ts';
import { computeInProcesses, SHORT_MS } from './in-processes.ts';

const build = () => ({ ...buildCompute({ pipeline: hostile }), clock: systemClock });
/** A batch that was seen before: it may have ended the earlier invocation. */
const suspect = (...readings: unknown[]) => buildMessage({ readings, receiveCount: 2 });

describe('a compute that ends its process,', () => {
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
  ])('by %s, loses only its own reading', async (ending, reason) => {
    const stage = build();
    const batch = [suspect('a', ending, 'b'), buildMessage({ key: 'other', readings: ['c'] })];
    await computeInProcesses(batch, stage);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stateOf(stage.store, 'other')).toEqual(['c']);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(reason), attempts: 2 }]);
  });

  test.each(['loop', 'hash', 'command'])(
    'by %s, is stopped and loses only its own reading',
    async (ending) => {
      const stage = build();
      await computeInProcesses([suspect('a', ending, 'b')], stage, SHORT_MS);
      expect(stateOf(stage.store)).toEqual(['a', 'b']);
      expect(stage.store.dead()).toMatchObject([
        { reason: expect.stringMatching(/did not come back within/) },
      ]);
    },
  );

  test.each(['microtasks', 'exitLater'])('but only after its fold (%s), has its effect', async (ending) => {
    const stage = build();
    await computeInProcesses([suspect('a', ending, 'b')], stage);
    expect(stateOf(stage.store)).toEqual(['a', ending, 'b']);
    expect(stage.store.dead()).toEqual([]);
  });

  test('is identified and set aside beside any amount of other work', async () => {
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

  test('but ends well in a process of its own, gives the same result there', async () => {
    const stage = build();
    await computeInProcesses([suspect('a', 'b')], stage);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.dead()).toEqual([]);
  });

  test('is tried in turn with unknown, new and slow groups, and those that ended the function before', async () => {
    const order: string[] = [];
    const pipeline = {
      ...hostile,
      compute: (state: unknown, _: unknown, { key }: { readonly key: string }) => {
        order.push(key);
        return state;
      },
    };
    const stage = buildCompute({ pipeline });
    const untried = { deaths: 0, place: '', deathsAtPlace: 0, slow: false, upTo: '', until: 0 };
    const condemnable = { deaths: 3, place: 'x:0', deathsAtPlace: 2 };
    await stage.trials.note('slow', { ...untried, slow: true }, 0);
    await stage.trials.note('slow, its turn', { ...untried, slow: true }, 0);
    await stage.trials.note('deadly', { ...untried, deaths: 1 }, 0);
    await stage.trials.note('deadlier', { ...untried, deaths: 2 }, 0);
    await stage.trials.note('condemned', { ...untried, ...condemnable }, 0);
    const counts = {
      slow: 3,
      'slow, its turn': 4,
      deadlier: 3,
      deadly: 5,
      condemned: 5,
      new: 1,
      b: 2,
      a: 2,
    };
    const batch = Object.entries(counts).map(([key, receiveCount]) => buildMessage({ key, receiveCount }));
    expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
    const unknown = ['a', 'b'].sort((a, b) => (groupOf(a) < groupOf(b) ? -1 : 1));
    const deadly = ['condemned', 'deadly', 'deadlier'];
    expect(order).toEqual(['slow, its turn', ...unknown, ...deadly, 'new', 'slow']);
    order.length = 0;
    // One that came back twice over others goes before any of them that has all the time.
    const later = { due: 3, 'slow, again': 4 };
    await stage.trials.note('slow, again', { ...untried, slow: true }, 0);
    const next = Object.entries(later).map(([key, receiveCount]) => buildMessage({ key, receiveCount }));
    expect(await computeBatch(next, 60_000, stage)).toEqual([]);
    expect(order).toEqual(['due', 'slow, again']);
  });
});
