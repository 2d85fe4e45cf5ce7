/**
 * Processor time in the model. A thread does one task after the other. On Lambda every environment has its own processor.
 * On one machine the threads share its cores and wait for them in order.
 */
import type { Events } from './events.ts';

export interface Thread {
  readonly waiting: { readonly ms: number; readonly then: () => void }[];
  busy: boolean;
}

export interface Processor {
  /** Processor time of all threads so far. */
  readonly spentMs: number;
  /** Whether all cores were busy nearly all the time since the last call. */
  wasBusy(): boolean;
  thread(): Thread;
  run(thread: Thread, ms: number, then: () => void): void;
}

/** The same value as in local/machine.ts. */
const IDLE_SHARE_MIN = 0.1;

export function createProcessor(events: Events, cores: number): Processor {
  const ready: Thread[] = [];
  let free = cores;
  let spentMs = 0;
  let asked = { at: 0, spentMs: 0 };

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
    spentMs += task.ms;
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
    get spentMs() {
      return spentMs;
    },
    wasBusy() {
      const share = (spentMs - asked.spentMs) / ((events.now - asked.at) * cores);
      asked = { at: events.now, spentMs };
      return share > 1 - IDLE_SHARE_MIN;
    },
    thread: () => ({ waiting: [], busy: false }),
    run(thread, ms, then) {
      thread.waiting.push({ ms, then });
      start(thread);
    },
  };
}
