/**
 * How far a run is, from what its functions said and what its queues hold. A queue alone would lag: SQS deletes the
 * requests of a batch together, long after most of them have taken effect.
 */
import type { Observation } from '../../functions/ports.ts';
import type { ProgressStatus } from '../../local/report/progress.ts';
import type { Run } from '../../local/run.ts';

/** Observations are looked at once each: the function may be asked as often as one likes. */
export function watchStatus({ stack, observations, submitted }: Watched): () => ProgressStatus {
  const read = new Set<string>();
  const done = new Set<string>();
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
    for (; seen < observations.length; seen += 1) {
      const observation = observations[seen];
      if (observation !== undefined) look(observation);
    }
    const { visible, inFlight, delayed } = stack.counts('RequestsQueue');
    const readings = stack.counts('ReadingsQueue');
    // A request may be partly done: as long as a message waits, at least one of them is.
    const doneMax = submitted() - Math.min(1, readings.visible + readings.inFlight);
    const deleted = submitted() - visible - inFlight - delayed;
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

interface Watched extends Pick<Run, 'submitted'> {
  readonly observations: readonly Observation[];
  readonly stack: { counts(name: string): Counts };
}
