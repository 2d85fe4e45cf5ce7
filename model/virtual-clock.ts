/**
 * A clock that moves only when it is told to: simulated hours take milliseconds, and the same program always takes the same
 * course. Sleepers wake in order of their time, then in the order in which they began to sleep. Before the next one wakes,
 * everything that the last one started has run as far as it can.
 */
import type { Clock } from '../functions/ports.ts';
import { createHeap, type Positioned } from './heap.ts';

export interface VirtualClock extends Clock {
  /** Calls `act` after this time, unless the returned function is called first. Cheaper than a sleep: no promise, no signal. */
  later(ms: number, act: () => void): () => void;
  /** Number of sleepers that have not woken. */
  readonly sleeping: number;
  /** Lets this much time pass. */
  advance(ms: number): Promise<void>;
  /** Runs until no sleeper is left (true), or until `endAt` (epoch ms; false). Code that polls for ever needs `endAt`. */
  runUntilIdle(endAt?: number): Promise<boolean>;
  /** Runs until the promise settles. Rejects if no sleeper is left before that. */
  run<T>(promise: Promise<T>): Promise<T>;
  /** For ever: nobody wakes any more, and what the clock runs does not come to its end. */
  stop(): void;
}

interface Sleeper extends Positioned {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

const settled = Promise.resolve();

export function createVirtualClock(start: number = Date.UTC(2026, 0, 1)): VirtualClock {
  let now = start;
  let stopped = false;
  const beds = createBeds(() => now);
  const { sleepers, fallAsleep } = beds;

  /**
   * Lets everything run as far as it can, then wakes the next sleeper that is due by `endAt`, until there is none or
   * `ended` returns true. Node runs process.nextTick from a microtask when no microtask is left, so everything has then run
   * as far as it can. A turn of the event loop would do the same, but costs a system call each time.
   * https://nodejs.org/api/process.html#processnexttickcallback-args
   */
  function runUntil(endAt: number, ended: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      function turn(): void {
        if (stopped) return;
        const next = ended() ? undefined : sleepers.peek();
        if (next === undefined || next.at > endAt) {
          resolve();
          return;
        }
        now = Math.max(now, next.at);
        sleepers.remove(next);
        next.act();
        void settled.then(askForTurn);
      }
      const askForTurn = () => process.nextTick(turn);
      void settled.then(askForTurn);
    });
  }

  async function runUntilIdle(endAt = Number.POSITIVE_INFINITY): Promise<boolean> {
    await runUntil(endAt, () => false);
    return sleepers.size === 0;
  }

  return {
    now: () => now,
    sleep: (ms, signal) => sleepWith(beds, ms, signal),
    later(ms, act) {
      const sleeper = fallAsleep(ms, act);
      return () => sleepers.remove(sleeper);
    },
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
      let ended = false;
      const end = () => {
        ended = true;
      };
      promise.then(end, end);
      await runUntil(Number.POSITIVE_INFINITY, () => ended);
      if (!ended) throw new Error(`nothing sleeps, and the promise has not settled at ${now}: a deadlock`);
      return promise;
    },
    stop() {
      stopped = true;
    },
  };
}

function createBeds(now: () => number) {
  const sleepers = createHeap<Sleeper>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let order = 0;
  return {
    sleepers,
    fallAsleep(ms: number, act: () => void): Sleeper {
      if (Number.isNaN(ms)) throw new RangeError('sleep of NaN ms');
      order += 1;
      const sleeper: Sleeper = { at: now() + Math.max(0, ms), order, act, position: -1 };
      sleepers.push(sleeper);
      return sleeper;
    },
  };
}

function sleepWith(
  { sleepers, fallAsleep }: ReturnType<typeof createBeds>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    if (signal === undefined) {
      fallAsleep(ms, resolve);
      return;
    }
    const wake = () => {
      sleepers.remove(sleeper);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const sleeper = fallAsleep(ms, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
