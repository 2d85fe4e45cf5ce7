/**
 * The clock of this machine. It never runs backwards: what the queue model computes from it (visibility, windows,
 * retention) must not be upset by a correction of the wall clock.
 */
import type { Clock } from '../functions/ports.ts';

/** Longer timers fire at once in Node. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now,
  async sleep(ms, signal) {
    const until = now() + ms;
    // A timer may fire a fraction of a millisecond early by this clock, so the end is checked, not assumed.
    for (let left = ms; left > 0 && signal?.aborted !== true; left = until - now()) {
      await sleepOnce(Math.min(Math.ceil(left), TIMER_MS_MAX), signal);
    }
  },
};

function now(): number {
  return performance.timeOrigin + performance.now();
}

function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
