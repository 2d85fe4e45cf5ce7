/**
 * Ends the thread of an environment. One that stands in a native call (a hash of hours, a command) ends with that call
 * only, so nobody waits for it for long. Node itself would, at the end of its process: see leaveStuckThreads.
 */
import type { Worker } from 'node:worker_threads';

const PATIENCE_MS = 2_000;
/** Of this process, like its threads. */
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

/**
 * The last thing that a command does: where a thread is stuck, the process ends without waiting for it, with the exit
 * status that it has. Another program in its place does that; no call of Node's does.
 */
export function leaveStuckThreads(): void {
  if (stuck.size === 0) return;
  const { execve, exitCode = 0 } = process;
  process.chdir('/'); // The folder of the run is gone, and a shell says so.
  if (execve === undefined) process.kill(process.pid, 'SIGKILL');
  else execve('/bin/sh', ['sh', '-c', `exit ${exitCode}`]);
}
