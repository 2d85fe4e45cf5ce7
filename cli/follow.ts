/** Follows a run until it is at rest, with a progress bar; an interruption ends it early, and cleanly. */
import type { Progress } from '../local/report/progress.ts';
import type { Run } from '../local/run.ts';

const LOOK_EVERY_MS = 100;

/** Returns whether the run came to rest; false when it was interrupted. */
export async function follow(run: Run, progress: Progress, signal: AbortSignal): Promise<boolean> {
  const interrupted = Promise.withResolvers<false>();
  const interrupt = () => interrupted.resolve(false);
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  const timer = setInterval(() => progress.update(statusOf(run)), LOOK_EVERY_MS);
  try {
    const atRest = await Promise.race([run.stack.atRest().then(() => true), interrupted.promise]);
    progress.update(statusOf(run));
    if (!atRest) progress.note('Interrupted: stopping what runs, and showing what was done so far.');
    return atRest;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', interrupt);
    progress.end();
  }
}

function statusOf({ stack, observations, submitted }: Run) {
  const readings = stack.queue('ReadingsQueue').counts();
  const requests = stack.queue('RequestsQueue').counts();
  let applied = 0;
  let dead = 0;
  for (const observation of observations) {
    if (observation.kind === 'compute') applied += observation.readings;
    if (observation.kind === 'read' && observation.outcome === 'dead') dead += 1;
  }
  const waiting = requests.visible + requests.inFlight + requests.delayed;
  return {
    requests: submitted(),
    done: submitted() - waiting,
    applied,
    reading: requests.inFlight,
    computing: readings.inFlight,
    dead,
  };
}
