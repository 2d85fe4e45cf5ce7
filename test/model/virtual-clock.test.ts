import { describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../model/virtual-clock.ts';

describe('the virtual clock', () => {
  test('wakes sleepers in order of time, then in the order in which they fell asleep', async () => {
    const clock = createVirtualClock(1000);
    const woken: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      woken.push(`${name} at ${clock.now()}`);
    };
    void sleeper('late', 20);
    void sleeper('first of two', 10);
    void sleeper('second of two', 10);
    void sleeper('at once', 0);
    expect(await clock.runUntilIdle()).toBe(true);
    expect(woken).toEqual([
      'at once at 1000',
      'first of two at 1010',
      'second of two at 1010',
      'late at 1020',
    ]);
  });

  test('runs all work of one sleeper before the next one wakes', async () => {
    const clock = createVirtualClock();
    const events: string[] = [];
    const chain = async () => {
      await clock.sleep(10);
      for (let link = 0; link < 100; link += 1) await Promise.resolve();
      events.push('chain has run');
    };
    void chain();
    void clock.sleep(10).then(() => events.push('second sleeper'));
    await clock.runUntilIdle();
    expect(events).toEqual(['chain has run', 'second sleeper']);
  });

  test('advances by exactly what it is told, with or without sleepers', async () => {
    const clock = createVirtualClock(0);
    let woken = 0;
    void clock.sleep(100).then(() => {
      woken += 1;
    });
    await clock.advance(99);
    expect([clock.now(), woken, clock.sleeping]).toEqual([99, 0, 1]);
    await clock.advance(1);
    expect([clock.now(), woken, clock.sleeping]).toEqual([100, 1, 0]);
  });

  test('calls a scheduled function in its place among the sleepers, unless it was cancelled', async () => {
    const clock = createVirtualClock(0);
    const events: string[] = [];
    void clock.sleep(10).then(() => events.push(`sleeper at ${clock.now()}`));
    clock.later(10, () => events.push(`call at ${clock.now()}`));
    const takeBack = clock.later(5, () => events.push('taken back'));
    takeBack();
    takeBack();
    expect(clock.sleeping).toBe(2);
    await clock.runUntilIdle();
    takeBack();
    expect(events).toEqual(['sleeper at 10', 'call at 10']);
  });

  test('an aborted sleep ends at once and leaves nothing behind; aborted before, it does not begin', async () => {
    const clock = createVirtualClock(0);
    const cancel = new AbortController();
    const sleep = clock.sleep(1000, cancel.signal);
    cancel.abort();
    await sleep;
    await clock.sleep(1000, cancel.signal);
    expect([clock.now(), clock.sleeping]).toEqual([0, 0]);
  });

  test('that is stopped wakes nobody any more', async () => {
    const clock = createVirtualClock(0);
    const woken: number[] = [];
    for (const ms of [10, 20]) {
      void clock.sleep(ms).then(() => {
        woken.push(ms);
        clock.stop();
      });
    }
    void clock.runUntilIdle();
    await new Promise((resolve) => setImmediate(resolve));
    expect([woken, clock.now(), clock.sleeping]).toEqual([[10], 10, 1]);
  });

  test('runs a promise to its end, and no further', async () => {
    const clock = createVirtualClock(0);
    void clock.sleep(1000);
    const work = async () => {
      await clock.sleep(10);
      await clock.sleep(10);
      return 'done';
    };
    expect(await clock.run(work())).toBe('done');
    expect([clock.now(), clock.sleeping]).toEqual([20, 1]);
    await expect(clock.run(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });

  test('reports when everything waits for something that will not happen', async () => {
    const clock = createVirtualClock(0);
    await expect(clock.run(new Promise(() => {}))).rejects.toThrow('deadlock');
  });

  test('stops at a given time even if something polls for ever', async () => {
    const clock = createVirtualClock(0);
    const poll = async () => {
      for (;;) await clock.sleep(20);
    };
    void poll();
    expect(await clock.runUntilIdle(1000)).toBe(false);
    expect(clock.now()).toBe(1000);
  });
});
