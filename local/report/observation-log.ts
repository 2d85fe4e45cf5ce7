/**
 * The observations of a run of any length: the newest ones, a sample of all for the picture, and the totals
 * (seen.ts). A short run is kept whole.
 */
import type { Observation } from '../../functions/ports.ts';
import { isTimed, type RunObservation, type TimedObservation } from './observed.ts';
import { createTally, type Seen } from './seen.ts';

export interface ObservationLog extends Kept<RunObservation> {
  readonly seen: Seen;
  add(observation: RunObservation): void;
  /** The observations to draw: all of a short run, or one in `oneIn` of each kind. */
  drawn(): { readonly observations: readonly RunObservation[]; readonly oneIn: number };
}

export interface Kept<Kind extends Observation = Observation> {
  /** The newest observations. */
  readonly observations: readonly Kind[];
  /** Number of older observations that were dropped. */
  readonly forgotten?: () => number;
}

/** At least this many of the newest observations are kept, at most twice as many. */
export const KEPT_MIN = 50_000;
/** At most this many observations of each kind are drawn. */
export const DRAWN_MAX = 10_000;

/** The observations from `number` on, and the number to continue with. */
export function since<Kind extends Observation>(
  { observations, forgotten = none }: Kept<Kind>,
  number: number,
): { readonly observations: readonly Kind[]; readonly next: number } {
  const before = forgotten();
  const next = before + observations.length;
  return { observations: next <= number ? [] : observations.slice(Math.max(0, number - before)), next };
}

const none = () => 0;

export function createObservationLog(): ObservationLog {
  const tally = createTally();
  const observations: RunObservation[] = [];
  const samples = new Map<TimedObservation['kind'], { count: number; list: TimedObservation[] }>();
  let forgotten = 0;
  let oneIn = 1;

  function draw(observation: TimedObservation): void {
    const sample = samples.get(observation.kind) ?? { count: 0, list: [] };
    samples.set(observation.kind, sample);
    // Each kind is sampled separately: kinds alternate, so every second one of all could be one kind only.
    if (sample.count % oneIn === 0) sample.list.push(observation);
    sample.count += 1;
    if (sample.list.length <= DRAWN_MAX) return;
    oneIn *= 2;
    for (const each of samples.values()) each.list = each.list.filter((_, index) => index % 2 === 0);
  }

  return {
    observations,
    forgotten: () => forgotten,
    get seen() {
      return tally.seen;
    },
    add(observation) {
      tally.add(observation);
      if (isTimed(observation)) draw(observation);
      observations.push(observation);
      if (observations.length < 2 * KEPT_MIN) return;
      observations.splice(0, KEPT_MIN);
      forgotten += KEPT_MIN;
    },
    drawn: () =>
      forgotten === 0
        ? { observations, oneIn: 1 }
        : { observations: [...samples.values()].flatMap(({ list }) => list), oneIn },
  };
}
