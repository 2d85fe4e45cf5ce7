/**
 * The page's data as JSON texts, one for each part. A part is sent again only when its text has changed;
 * observations are never sent twice. Every part is bounded, so the page can show a run of any size.
 */
import { systemClock } from '../../functions/aws/clock.ts';
import type { Queue } from '../../model/queue/types.ts';
import { OPERATOR } from '../gateway/call.ts';
import { since } from '../report/observation-log.ts';
import { isTimed, type RunObservation } from '../report/observed.ts';
import { createKeysView } from './keys.ts';
import { deadLetters, groupsOf, reasonShown } from './letters.ts';
import { createSourcesView } from './sources.ts';
import type { Watched } from './watched.ts';

export interface Live {
  /** Texts by part: status, keys, sources, dead. */
  look(): Promise<ReadonlyMap<string, string>>;
  /**
   * Observations from this number on, at most the newest OBSERVATIONS_MAX. `next` is the number to continue
   * with.
   */
  observations(from: number): { readonly next: number; readonly text: string } | undefined;
}

export const OBSERVATIONS_MAX = 4_000;
const LETTERS_MAX = 200;

export function createLive(watched: Watched): Live {
  const { run } = watched;
  const keys = createKeysView(run);
  const sources = createSourcesView(run);
  const startedAt = systemClock.now();
  return {
    async look() {
      const parts: [string, unknown][] = [
        ['status', { ...statusOf(watched), startedAt }],
        ['keys', await keys.look()],
        ['sources', sources.look()],
        ['dead', deadPart(watched)],
      ];
      return new Map(parts.map(([name, part]) => [name, JSON.stringify(part)]));
    },
    observations(from) {
      const { observations, next } = since(run, from);
      if (observations.length === 0) return undefined;
      return { next, text: JSON.stringify(observations.slice(-OBSERVATIONS_MAX).map(shortened)) };
    },
  };
}

const QUEUES = [
  { id: 'RequestsQueue', name: 'requests' },
  { id: 'ReadingsQueue', name: 'readings' },
  { id: 'BackfillQueue', name: 'backfill' },
  { id: 'RequestsDeadLetterQueue', name: 'dead requests' },
  { id: 'ReadingsDeadLetterQueue', name: 'dead readings' },
] as const;

function statusOf({ run, bill }: Watched) {
  const known = new Set(run.stack.plan.queues.map(({ id }) => id));
  const queues = QUEUES.filter(({ id }) => known.has(id)).map(({ id, name }) => ({
    name,
    ...countsOf(run.stack.queue(id)),
  }));
  const worked = queues.filter(({ name }) => !name.startsWith('dead'));
  return {
    pipeline: run.pipeline,
    stack: run.stack.plan.name,
    at: Math.round(systemClock.now()),
    submitted: run.submitted(),
    queues,
    atRest: worked.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0),
    paused: run.stack.paused(),
    failedOutputs: run.stack.failedOutputs().length,
    calls: callsOf(run.stack.calls.byCaller()),
    bill: bill?.(),
  };
}

function countsOf(queue: Queue) {
  const { visible, inFlight, delayed, oldestAgeMs } = queue.counts();
  // Whole seconds are enough for readers, and a text that changes less often is sent less often.
  const oldestAgeSeconds = oldestAgeMs === undefined ? undefined : Math.floor(oldestAgeMs / 1000);
  return { visible, inFlight, delayed, oldestAgeSeconds };
}

/** By operation. The operator's calls are left out: they are not part of the run's cost. */
function callsOf(byCaller: Readonly<Record<string, Readonly<Record<string, number>>>>) {
  const totals = new Map<string, number>();
  for (const [caller, operations] of Object.entries(byCaller)) {
    if (caller === OPERATOR) continue;
    for (const [operation, count] of Object.entries(operations)) {
      totals.set(operation, (totals.get(operation) ?? 0) + count);
    }
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1));
}

function deadPart(watched: Watched) {
  const letters = deadLetters(watched);
  return {
    count: letters.length,
    ...groupsOf(letters),
    // The payload is left out; the page asks for one at a time.
    letters: letters.slice(0, LETTERS_MAX).map(({ body: _body, ...letter }) => {
      return { ...letter, reason: reasonShown(letter) };
    }),
  };
}

/** Fractions of a millisecond are not visible, and would be half of the data sent. */
function shortened(observation: RunObservation): RunObservation {
  if (!isTimed(observation)) return observation;
  const { start, end } = observation;
  return { ...observation, start: Math.round(start * 10) / 10, end: Math.round(end * 10) / 10 };
}
