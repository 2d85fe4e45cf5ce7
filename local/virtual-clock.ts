/**
 * A clock that stands still until it is told to go on: simulated hours take milliseconds, and the same program
 * takes the same course every time. Sleepers wake in order of time, then of falling asleep; before the next one
 * wakes, everything that the last one set going has run as far as it can.
 */
import type { Clock } from '../functions/ports.ts';
import { createHeap, type Positioned } from './heap.ts';

export interface VirtualClock extends Clock {
  /** Sleepers that have not woken. */
  readonly sleeping: number;
  /** Lets that much time pass. */
  advance(ms: number): Promise<void>;
  /** Goes on until nobody sleeps. What polls for ever never gets there: `endAt` (epoch ms) bounds it. True = idle. */
  runUntilIdle(endAt?: number): Promise<boolean>;
  /** Goes on until the promise settles; rejects if everybody is waiting for something that will not happen. */
  run<T>(promise: Promise<T>): Promise<T>;
}

interface Sleeper extends Positioned {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export function createVirtualClock(start: number = Date.UTC(2026, 0, 1)): VirtualClock {
  const sleepers = createHeap<Sleeper>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let now = start;
  let order = 0;

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (Number.isNaN(ms)) throw new RangeError('sleep of NaN ms');
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        sleepers.remove(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      order += 1;
      const sleeper: Sleeper = { at: now + Math.max(0, ms), order, wake, position: -1 };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Wakes the next sleeper due by then, with all that follows from it; false when there is none. */
  async function step(endAt: number): Promise<boolean> {
    const next = sleepers.peek();
    if (next === undefined || next.at > endAt) return false;
    now = Math.max(now, next.at);
    next.wake();
    await drain();
    return true;
  }

  async function runUntilIdle(endAt = Number.POSITIVE_INFINITY): Promise<boolean> {
    await drain();
    while (await step(endAt));
    return sleepers.size === 0;
  }

  return {
    now: () => now,
    sleep,
    get sleeping() {
      return sleepers.size;
    },
    async advance(ms) {
      const endAt = now + ms;
      await runUntilIdle(endAt);
      now = Math.max(now, endAt);
    },
    runUntilIdle,
    async run(promise) {
      let settled = false;
      const settle = () => {
        settled = true;
      };
      promise.then(settle, settle);
      await drain();
      while (!settled && (await step(Number.POSITIVE_INFINITY)));
      if (!settled) throw new Error(`nobody sleeps and the promise has not settled at ${now}: a deadlock`);
      return promise;
    },
  };
}

/** The event loop turns only when no microtask is left, so by then everything has run as far as it can. */
function drain(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
