/** Clocks for tests: time passes only when the test or a sleep advances it. */
import type { Clock } from '../functions/ports.ts';

export interface TestClock extends Clock {
  /** Time passes while nobody waits: what a computation does. */
  spend(ms: number): void;
}

export interface ManualClock extends TestClock {
  /** Time passes, and sleepers wake in order. */
  advance(ms: number): Promise<void>;
}

/** A sleeper wakes at once, and its time has passed. */
export function createInstantClock(start = 0): TestClock {
  let now = start;
  return {
    now: () => now,
    spend: (ms) => {
      now += ms;
    },
    sleep: async (ms, signal) => {
      if (signal?.aborted !== true) now += ms;
    },
  };
}

export function createManualClock(start = 0): ManualClock {
  let now = start;
  let sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    spend: (ms) => {
      now += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          resolve();
        });
      }),
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await settle();
        const next = sleepers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        sleepers = sleepers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.wake();
      }
      now = Math.max(now, until);
    },
  };
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
