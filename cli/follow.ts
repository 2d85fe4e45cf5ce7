/** Follows a run until it is at rest, with a progress bar, and tells what fails; an interruption ends it early, and cleanly. */
import type { Progress } from '../local/report/progress.ts';
import type { Run } from '../local/run.ts';
import { watchFailures } from './run-failures.ts';
import { watchStatus } from './run-status.ts';

const LOOK_EVERY_MS = 100;

/** Returns whether the run came to rest; false when it was interrupted. */
export async function follow(run: Run, progress: Progress, signal: AbortSignal): Promise<boolean> {
  const interrupted = Promise.withResolvers<false>();
  const interrupt = () => interrupted.resolve(false);
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  const status = watchStatus(run);
  const failures = watchFailures(run);
  const look = (): void => {
    for (const note of failures()) progress.note(note);
    progress.update(status());
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  try {
    const atRest = await Promise.race([run.stack.atRest().then(() => true), interrupted.promise]);
    look();
    if (!atRest) progress.note('Interrupted: stopping what runs, and showing what was done so far.');
    return atRest;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', interrupt);
    progress.end();
  }
}
