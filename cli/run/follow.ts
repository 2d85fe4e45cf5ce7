/**
 * Follows a run until it is at rest, shows a progress bar, and reports failures. An interruption or a
 * standstill ends it early and cleanly.
 */
import { systemClock } from '../../functions/aws/clock.ts';
import type { Progress } from '../../local/report/progress.ts';
import type { Run } from '../../local/run.ts';
import type { Standstill } from '../../local/standstill.ts';
import { watchFailures } from './run-failures.ts';
import { watchStatus } from './run-status.ts';
import { watchUnheld } from './unheld.ts';

const LOOK_EVERY_MS = 100;
const STANDSTILL_EVERY_MS = 500;

export type Followed = 'at rest' | 'interrupted' | Standstill;

/**
 * `submitted` resolves when all requests are sent. `onStandstill` decides whether the run continues; it is
 * called once for each standstill.
 */
export async function follow(
  run: Run,
  submitted: Promise<unknown>,
  progress: Progress,
  signal: AbortSignal,
  onStandstill: (standstill: Standstill) => 'end' | 'go on',
): Promise<Followed> {
  const ended = Promise.withResolvers<Followed>();
  const interrupt = () => ended.resolve('interrupted');
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  const status = watchStatus(run);
  const failures = watchFailures(run);
  const unheld = watchUnheld(
    { ...run, working: run.stack.working, nextBackAt: () => nextBackAt(run) },
    systemClock,
  );
  const look = (): void => {
    const latest = status();
    for (const note of [...failures(), ...unheld(latest)]) progress.note(note);
    progress.update({ ...latest, idle: run.stack.working() === 0 });
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  let told = false;
  const standstillTimer = setInterval(() => {
    void run.stack.standstill().then((standstill) => {
      if (standstill === undefined || told) return;
      told = true;
      if (onStandstill(standstill) === 'end') ended.resolve(standstill);
    }, ended.reject);
  }, STANDSTILL_EVERY_MS);
  try {
    const outcome = await Promise.race([
      submitted.then(() => run.stack.atRest()).then(() => 'at rest' as const),
      ended.promise,
    ]);
    look();
    if (outcome === 'interrupted')
      progress.note('Interrupted: stopping what runs, and showing what was done so far.');
    return outcome;
  } finally {
    clearInterval(timer);
    clearInterval(standstillTimer);
    signal.removeEventListener('abort', interrupt);
    progress.end();
  }
}

function nextBackAt({ stack }: Run): number | undefined {
  const ids = ['RequestsQueue', 'BackfillQueue', 'ReadingsQueue'];
  const here = ids.filter((id) => stack.plan.queues.some((queue) => queue.id === id));
  const queues = here.map((id) => stack.model(id));
  const times = queues.flatMap((queue) => queue?.list() ?? []).flatMap(({ visibleAt = [] }) => visibleAt);
  return times.length === 0 ? undefined : Math.min(...times);
}
