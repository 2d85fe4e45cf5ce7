/**
 * Detects a thread that hangs, by the time for which it has computed or waited. Wall-clock time would
 * mislead: on a loaded machine it passes while the thread gets no processor. A simulation waits for nothing
 * outside itself.
 */
import type { Worker } from 'node:worker_threads';

export type Watched = Pick<Worker, 'cpuUsage'> & {
  readonly performance: Pick<Worker['performance'], 'eventLoopUtilization'>;
};

const LOOK_MS = 1_000;

/**
 * Calls `stuck` once the thread has computed and waited for more than `msMax` from now on. Returns a function
 * that ends the watch.
 */
export function watchThread(thread: Watched, msMax: number, stuck: () => void): () => void {
  let from: number | undefined;
  const look = async (): Promise<void> => {
    const spent = await spentMs(thread);
    from ??= spent;
    if (from === undefined || spent === undefined || spent - from <= msMax) return;
    clearInterval(timer);
    stuck();
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  void look();
  return () => clearInterval(timer);
}

/** Undefined: the thread has not started yet, or has ended. */
async function spentMs(thread: Watched): Promise<number | undefined> {
  try {
    const { user, system } = await thread.cpuUsage();
    return (user + system) / 1_000 + thread.performance.eventLoopUtilization().idle;
  } catch {
    return undefined;
  }
}
