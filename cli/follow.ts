/** Follows a run until it is at rest, with a progress bar; an interruption ends it early, and cleanly. */
import type { Progress } from '../local/report/progress.ts';
import type { Run } from '../local/run.ts';
import { watchStatus } from './run-status.ts';

const LOOK_EVERY_MS = 100;

/** Returns whether the run came to rest; false when it was interrupted. */
export async function follow(run: Run, progress: Progress, signal: AbortSignal): Promise<boolean> {
  const interrupted = Promise.withResolvers<false>();
  const interrupt = () => interrupted.resolve(false);
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  const status = watchStatus(run);
  const timer = setInterval(() => progress.update(status()), LOOK_EVERY_MS);
  try {
    const atRest = await Promise.race([run.stack.atRest().then(() => true), interrupted.promise]);
    progress.update(status());
    if (!atRest) progress.note('Interrupted: stopping what runs, and showing what was done so far.');
    return atRest;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', interrupt);
    progress.end();
  }
}
