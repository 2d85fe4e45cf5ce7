/**
 * The progress of a run, from the observations of its functions and the counts of its queues. The queue's
 * count alone would lag: SQS deletes the requests of a batch together, long after most of them have taken
 * effect.
 */
import type { Observation } from '../../functions/ports.ts';
import { createIdSet } from '../../local/report/id-set.ts';
import { type Kept, since } from '../../local/report/observation-log.ts';
import type { ProgressStatus } from '../../local/report/progress.ts';
import type { Run } from '../../local/run.ts';

/** Each observation is counted once, so the function may be called any number of times. */
export function watchStatus(watched: Watched): () => ProgressStatus {
  const { stack, submitted, requestQueues } = watched;
  const read = createIdSet();
  const done = createIdSet();
  let [seen, applied, dead, failed] = [0, 0, 0, 0];
  const look = (observation: Observation): void => {
    if (observation.kind === 'read' && observation.outcome !== 'failed') {
      read.add(observation.request);
      if (observation.outcome === 'dead') dead += 1;
      if (observation.readings === 0) done.add(observation.request);
    }
    if (observation.kind === 'failure') failed += observation.messages;
    if (observation.kind === 'commit' && observation.committed !== undefined) {
      applied += observation.committed.applied;
      dead += observation.committed.dead;
      for (const request of observation.committed.requests) done.add(request);
    }
  };
  return () => {
    const { observations, next } = since(watched, seen);
    observations.forEach(look);
    seen = next;
    const lanes = requestQueues.map((name) => stack.counts(name));
    const inFlight = lanes.reduce((sum, lane) => sum + lane.inFlight, 0);
    const waiting = lanes.reduce((sum, { visible, delayed }) => sum + visible + delayed, inFlight);
    const readings = stack.counts('ReadingsQueue');
    // A request may be partly done: while a reading waits, at least one request is not done.
    const doneMax = submitted() - Math.min(1, readings.visible + readings.inFlight);
    const deleted = submitted() - waiting;
    return {
      requests: submitted(),
      done: Math.min(done.size, doneMax),
      applied,
      reading: Math.max(0, inFlight - Math.max(0, read.size - deleted)),
      computing: readings.inFlight,
      dead,
      failed,
    };
  };
}

type Counts = ReturnType<Run['stack']['counts']>;

interface Watched extends Pick<Run, 'submitted' | 'requestQueues'>, Kept {
  readonly stack: { counts(name: string): Counts };
}
