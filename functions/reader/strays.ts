/**
 * Errors that nobody awaits: a rejected promise, an event that throws. Node ends the process for such an error, and with it
 * all other reads. Node also keeps the context in which a promise, timer or listener was made. So the error is assigned to
 * the read that caused it, and only that read fails. https://nodejs.org/api/async_context.html
 */
import { AsyncLocalStorage } from 'node:async_hooks';

type Blame = (error: unknown) => void;

const reads = new AsyncLocalStorage<Blame>();

/** What `run` leaves behind, now or later, is told to `blame`. */
export function answerFor<Result>(blame: Blame, run: () => Result): Result {
  return reads.run(blame, run);
}

/** False: the error comes from no read. */
export function blameRead(error: unknown): boolean {
  const blame = reads.getStore();
  blame?.(error);
  return blame !== undefined;
}

/** To be called once for each process. What comes from no read goes where it went before: Lambda's runtime ends the process. */
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
