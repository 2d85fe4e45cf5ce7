/**
 * Stray errors of user code: unhandled rejections, and exceptions in timers or listeners. Node would end the process for such
 * an error, and with it all other reads. But Node also keeps the context in which a promise, timer or listener was made. So the
 * error is assigned to the read that caused it, and only that read fails. https://nodejs.org/api/async_context.html
 */
import { AsyncLocalStorage } from 'node:async_hooks';

type Blame = (error: unknown) => void;

const reads = new AsyncLocalStorage<Blame>();

/** Calls `blame` with every stray error of `run`, now or later. */
export function answerFor<Result>(blame: Blame, run: () => Result): Result {
  return reads.run(blame, run);
}

/** Returns false if the error comes from no read. */
export function blameRead(error: unknown): boolean {
  const blame = reads.getStore();
  blame?.(error);
  return blame !== undefined;
}

/** Call this once per process. An error that comes from no read goes to the earlier listeners: Lambda's end the process. */
export function catchStrays(events: NodeJS.EventEmitter): void {
  for (const event of ['unhandledRejection', 'uncaughtException']) {
    const before = events.rawListeners(event);
    events.removeAllListeners(event);
    events.on(event, (error: unknown, ...rest: unknown[]) => {
      if (blameRead(error)) return;
      if (before.length === 0) throw error;
      for (const listener of before) listener.call(events, error, ...rest);
    });
  }
}
