/**
 * What is in flight while no function is at work. It was handed out, and nobody has it: an answer of SQS was lost on its
 * way, or an invocation ended in the middle. SQS hands it out again when its visibility timeout ends; until then a run
 * would look like one that hangs. Failed reads are told of when they fail, so they are not counted here.
 */
import type { Clock, Observation } from '../../functions/ports.ts';
import { type Kept, since } from '../../local/report/observation-log.ts';
import type { ProgressStatus } from '../../local/report/progress.ts';
import { formatCountOf, formatDuration } from '../../local/report/units.ts';

/** Between two invocations nobody is at work for a moment. */
const QUIET_MS = 1_000;
/** What comes back sooner than this is not worth a line. */
const WAIT_MS_MIN = 5_000;

export interface UnheldParts extends Kept {
  /** Invocations at work. */
  working(): number;
  /** When the first message that is in flight is handed out again (epoch ms); undefined: this process cannot know. */
  nextBackAt(): number | undefined;
}

/** The function is asked now and then, and tells each time that nobody holds something once. */
export function watchUnheld(parts: UnheldParts, { now }: Pick<Clock, 'now'>) {
  const { working, nextBackAt } = parts;
  const failedReads = new Set<string>();
  let computeFailed = false;
  let seen = 0;
  let quietSince: number | undefined;
  let told = false;
  const lookAt = (observation: Observation): void => {
    if (observation.kind === 'read') {
      if (observation.outcome === 'failed') failedReads.add(observation.request);
      else failedReads.delete(observation.request);
    }
    computeFailed ||= observation.kind === 'failure' && observation.stage === 'compute';
  };
  return ({ reading, computing }: Pick<ProgressStatus, 'reading' | 'computing'>): string[] => {
    const { observations, next } = since(parts, seen);
    observations.forEach(lookAt);
    seen = next;
    if (working() > 0) {
      quietSince = undefined;
      told = false;
      return [];
    }
    quietSince ??= now();
    const requests = Math.max(0, reading - failedReads.size);
    const messages = computeFailed ? 0 : computing;
    if (told || requests + messages === 0 || now() - quietSince < QUIET_MS) return [];
    const backAt = nextBackAt();
    if (backAt !== undefined && backAt - now() < WAIT_MS_MIN) return [];
    told = true;
    const when = backAt === undefined ? '' : `, the first in ${formatDuration(backAt - now())}`;
    const what = [
      ...(requests > 0 ? [formatCountOf(requests, 'request')] : []),
      ...(messages > 0 ? [`${formatCountOf(messages, 'message')} of readings`] : []),
    ].join(' and ');
    return [
      `${what} in flight, and no function is at work: SQS delivered them, and the answer was lost or the invocation ` +
        `crashed. They are delivered again when their visibility timeout ends${when}.`,
    ];
  };
}
