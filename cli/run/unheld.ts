/**
 * Messages that are in flight while no function is running: an answer of SQS was lost, or an invocation ended
 * in the middle. SQS delivers them again when their visibility timeout ends; until then the run would seem to
 * hang. Failed reads are reported when they fail, so they are not counted here.
 */
import type { Clock, Observation } from '../../functions/ports.ts';
import { type Kept, since } from '../../local/report/observation-log.ts';
import type { ProgressStatus } from '../../local/report/progress.ts';
import { formatCountOf, formatDuration } from '../../local/report/units.ts';

/**
 * Ms without a running invocation before messages count as unheld: between two invocations there is a short
 * gap.
 */
const QUIET_MS = 1_000;
/** A shorter wait is not reported. */
const WAIT_MS_MIN = 5_000;

export interface UnheldParts extends Kept {
  /** Number of invocations in progress. */
  working(): number;
  /**
   * Epoch ms at which the first message in flight becomes visible again; undefined: this process cannot know.
   */
  nextBackAt(): number | undefined;
}

/** Call the returned function now and then; it reports each such wait once. */
export function watchUnheld(parts: UnheldParts, { now }: Pick<Clock, 'now'>) {
  const { working, nextBackAt } = parts;
  const failedReads = new Set<string>();
  let computeFailed = false;
  let seen = 0;
  let quietSince: number | undefined;
  let told = false;
  let waitsFor: WaitsFor | undefined;
  const lookAt = (observation: Observation): void => {
    if (observation.kind === 'read') {
      if (observation.outcome === 'failed') failedReads.add(observation.request);
      else failedReads.delete(observation.request);
    }
    computeFailed ||= observation.kind === 'failure' && observation.stage === 'compute';
    if (observation.kind === 'source' && observation.givenBack > 0) waitsFor = observation;
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
    if (waitsFor !== undefined && requests > 0) return [waiting(requests, waitsFor, now(), backAt)];
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

type WaitsFor = Pick<Extract<Observation, { kind: 'source' }>, 'source' | 'closedUntil'>;

/** Reports requests that were given back until their source may be read. */
function waiting(
  requests: number,
  { source, closedUntil }: WaitsFor,
  now: number,
  backAt: number | undefined,
): string {
  const who = `${formatCountOf(requests, 'request')} ${requests === 1 ? 'waits' : 'wait'}`;
  const name = JSON.stringify(source);
  if (closedUntil > now) {
    return (
      `${who} for the source ${name}, which refused a read: it is closed for another ${formatDuration(closedUntil - now)}, ` +
      'and is read again then. A source that asks for more than a day is read again after a day.'
    );
  }
  const when = backAt === undefined ? '' : `: the first comes back in ${formatDuration(backAt - now)}`;
  return `${who} until the source ${name} may be read${when}.`;
}
