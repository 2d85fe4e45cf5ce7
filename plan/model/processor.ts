/**
 * Processor time in the model. A thread does one thing after the other. On Lambda every environment has a processor of
 * its own, so that is all; on one machine the threads share its cores, and wait for them in the order of asking.
 */
import type { Events } from './events.ts';

export interface Thread {
  readonly waiting: { readonly ms: number; readonly then: () => void }[];
  busy: boolean;
}

export interface Processor {
  thread(): Thread;
  run(thread: Thread, ms: number, then: () => void): void;
}

export function createProcessor(events: Events, cores: number): Processor {
  const ready: Thread[] = [];
  let free = cores;

  function start(thread: Thread): void {
    if (thread.busy || thread.waiting.length === 0) return;
    thread.busy = true;
    if (free > 0) work(thread);
    else ready.push(thread);
  }

  function work(thread: Thread): void {
    const task = thread.waiting.shift();
    if (task === undefined) return;
    free -= 1;
    events.after(task.ms, () => {
      free += 1;
      thread.busy = false;
      task.then();
      start(thread);
      const next = free > 0 ? ready.shift() : undefined;
      if (next !== undefined) work(next);
    });
  }

  return {
    thread: () => ({ waiting: [], busy: false }),
    run(thread, ms, then) {
      thread.waiting.push({ ms, then });
      start(thread);
    },
  };
}
