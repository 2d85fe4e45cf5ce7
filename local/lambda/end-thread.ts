/**
 * Ends the thread of an environment. A thread in a native call (a long hash, a command) ends only when the
 * call does, so the wait has a limit. Node itself would wait for it at the end of the process: see
 * endAtOnce.
 */
import type { Worker } from 'node:worker_threads';

const PATIENCE_MS = 2_000;
/** Threads of this process that have not ended yet. */
const stuck = new Set<Worker>();

export async function endThread(worker: Worker): Promise<void> {
  const { promise: givenUp, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    stuck.add(worker);
    resolve();
  }, PATIENCE_MS);
  const ended = worker.terminate().then(() => {
    clearTimeout(timer);
    stuck.delete(worker);
  });
  await Promise.race([ended, givenUp]);
}

/** A command calls this last. If a thread is stuck, the process ends without waiting for it and keeps its exit status. */
export function leaveStuckThreads(): void {
  if (stuck.size > 0) endAtOnce(Number(process.exitCode ?? 0));
}

/**
 * Ends the process with this status. `process.exit` would wait for a thread in a native call. Node has no call for this, so
 * another program replaces the process.
 */
export function endAtOnce(status: number): void {
  const { execve } = process;
  process.exitCode = status;
  process.emit('exit', status);
  if (execve === undefined) process.kill(process.pid, 'SIGKILL');
  process.chdir('/'); // The folder of the run is gone; the shell would warn about it.
  execve?.('/bin/sh', ['sh', '-c', `exit ${status}`]);
}
