/**
 * The clock of this machine: epoch milliseconds that never go back while the process runs, so that what follows from
 * them (deadlines, the visibility of the local queues) is not upset by a correction of the wall clock.
 */
import type { Clock } from '../ports.ts';

/** Longer timers fire at once in Node. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now,
  // Not timers/promises: an aborted wait of theirs makes an error with a stack, and nearly every read aborts one.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const until = now() + ms;
      let timer: NodeJS.Timeout;
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const wait = (leftMs: number) => {
        timer = setTimeout(look, Math.min(Math.ceil(leftMs), TIMER_MS_MAX));
      };
      // A timer may fire a fraction of a millisecond early by this clock, so the end is checked, not assumed.
      const look = () => {
        const leftMs = until - now();
        if (leftMs > 0) wait(leftMs);
        else end();
      };
      wait(ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};

function now(): number {
  return performance.timeOrigin + performance.now();
}
