/**
 * The clock of this machine: epoch milliseconds that never go back while the process runs. So a correction of the wall clock
 * does not affect deadlines or the visibility timeouts of the local queues.
 */
import type { Clock } from '../ports.ts';

/** A longer timer would fire at once in Node. https://nodejs.org/api/timers.html#settimeoutcallback-delay-args */
const TIMER_MS_MAX = 2 ** 31 - 1;

const now = catchUp(() => performance.timeOrigin + performance.now(), Date.now);

export const systemClock: Clock = {
  now,
  // timers/promises would create an error with a stack for each aborted wait, and nearly every read aborts one.
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
      // By this clock, a timer may fire a fraction of a millisecond early, so the end is checked.
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
 * The steady clock stops while a machine is suspended, as Lambda's may be between invocations
 * (https://github.com/open-telemetry/opentelemetry-js/issues/852). Metrics would then have times in the past. So a clock that
 * has fallen behind is set forward to the wall clock. It is never set back.
 */
export function catchUp(steady: () => number, wall: () => number): () => number {
  let lostMs = 0;
  return () => {
    const lagMs = wall() - steady() - lostMs;
    if (lagMs > LAG_MS_MAX) lostMs += lagMs;
    return steady() + lostMs;
  };
}
