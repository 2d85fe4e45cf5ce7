/**
 * Runs asynchronous user code until it ends or its time is up. When the time is up, its signal is aborted and this rejects.
 * Code that ignores its signal cannot be stopped, but its late result is ignored.
 */
import type { Clock } from './ports.ts';

/** Without an abort reason, every abort would create an error with a stack. */
const FINISHED = 'finished';

export async function withDeadline<Result>(
  clock: Clock,
  timeoutMs: number,
  what: string,
  run: (signal: AbortSignal, abort: (reason: unknown) => void) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  const finished = new AbortController();
  const timeUp = new Promise<never>((_, reject) => {
    void clock.sleep(timeoutMs, finished.signal).then(() => {
      if (finished.signal.aborted) return;
      const error = new Error(`the ${what} was aborted after ${Math.round(timeoutMs)} ms`);
      deadline.abort(error);
      reject(error);
    });
  });
  try {
    return await Promise.race([run(deadline.signal, (reason) => deadline.abort(reason)), timeUp]);
  } finally {
    finished.abort(FINISHED);
  }
}
