/**
 * The clock of this machine: epoch milliseconds that never go back while the process runs. So a correction of the wall
 * clock does not affect deadlines or the visibility of the local queues.
 */
import type { Clock } from '../ports.ts';

/** Longer timers fire at once in Node. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MS_MAX = 2 ** 31 - 1;

const now = catchUp(() => performance.timeOrigin + performance.now(), Date.now);

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

const LAG_MS_MAX = 1_000;

/**
 * The steady clock stands still while a machine is suspended, as Lambda's may be between two invocations
 * (https://github.com/open-telemetry/opentelemetry-js/issues/852); metrics would then be written into the past. So it
 * is set forward to the wall clock when it has fallen behind, and never back.
 */
export function catchUp(steady: () => number, wall: () => number): () => number {
  let lostMs = 0;
  return () => {
    const lagMs = wall() - steady() - lostMs;
    if (lagMs > LAG_MS_MAX) lostMs += lagMs;
    return steady() + lostMs;
  };
}
