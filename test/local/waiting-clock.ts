/**
 * The clock of small stacks in tests. It stands still, except while messages wait for the end of their visibility timeout and no
 * function works: then it is fast. So nothing comes twice because the machine was busy, and no test waits for seconds.
 */
import { onTestFinished } from 'vitest';
import type { Clock } from '../../functions/ports.ts';

const TICK_MS = 5;
/** What passes in a tick. */
const STEP_MS = 200;

export interface WaitingClock extends Clock {
  /** For `startStack`: counts what works. */
  onWork(functionName: string, change: 1 | -1): void;
}

export function createWaitingClock(isWaiting: () => boolean): WaitingClock {
  let now = Date.now();
  let working = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  const tick = () => {
    if (working > 0 || !isWaiting()) return;
    now += STEP_MS;
    for (const { at, wake } of sleepers) if (at <= now) wake();
  };
  const ticking = setInterval(tick, TICK_MS);
  onTestFinished(() => clearInterval(ticking));
  return {
    onWork: (_, change) => {
      working += change;
    },
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { at: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
  };
}
