/**
 * Finds a thread that does not come to its end: it has computed or waited for too long. The clock on the wall does not tell:
 * on a machine that is loaded it goes on while the thread does not. Nothing in a simulation waits for anything outside of it.
 */
import type { Worker } from 'node:worker_threads';

export type Watched = Pick<Worker, 'cpuUsage'> & {
  readonly performance: Pick<Worker['performance'], 'eventLoopUtilization'>;
};

const LOOK_MS = 1_000;

/** Calls `stuck` once the thread has computed and waited for more than `msMax` since now. Returns what ends the watch. */
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

/** undefined: it has not started yet, or is over. */
async function spentMs(thread: Watched): Promise<number | undefined> {
  try {
    const { user, system } = await thread.cpuUsage();
    return (user + system) / 1_000 + thread.performance.eventLoopUtilization().idle;
  } catch {
    return undefined;
  }
}
