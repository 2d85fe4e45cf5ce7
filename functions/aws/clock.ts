/** The clock of a function: epoch milliseconds that never go back while it runs. */
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  // Not timers/promises: an aborted wait of theirs makes an error with a stack, and nearly every read aborts one.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};
