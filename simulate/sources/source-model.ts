/**
 * Models of sources on the virtual clock: their capacity, how they refuse, and their behaviour under load.
 */
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Chance } from '../world/chance.ts';
import type { CountFault } from './fault-counts.ts';
import { retryAfter, type Saying } from './retry-after.ts';

export type Answer =
  | { readonly kind: 'done' }
  /** Its Retry-After header; undefined: it sends none. */
  | { readonly kind: 'refused'; readonly retryAfter: string | undefined };

interface Counts {
  /** Reads in progress at the source. */
  inside: number;
  asked: number;
  refused: number;
  done: number;
}

export interface SourceModel {
  ask(): Promise<Answer>;
  readonly counts: Counts;
  /** Number of reads that it could serve in this many ms from the start, whatever the requests. */
  capacity(untilMs: number): number;
  readonly description: string;
}

/** A period in which the source's capacity is halved. Ms from the start; Infinity: never. */
export interface Halving {
  readonly from: number;
  readonly to: number;
}

interface ModelWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly halving: Halving;
  /** One read in a hundred takes ten times as long. */
  readonly stragglers: boolean;
  readonly count: CountFault;
}

/** Capacity in ms of full operation up to that time: halved periods count half. */
function shareUntil({ from, to }: Halving, ms: number): number {
  return ms - Math.max(0, Math.min(ms, to) - from) / 2;
}

/** Refuses every read between two times, and has no other limit. */
export function closedSource(
  { clock, chance, count }: Pick<ModelWorld, 'clock' | 'chance' | 'count'>,
  { from, to, meanMs, says }: { from: number; to: number; meanMs: number; says: Saying },
): SourceModel {
  const start = clock.now();
  const counts: Counts = { inside: 0, asked: 0, refused: 0, done: 0 };
  const timeMs = createTimes(meanMs, { chance, count, stragglers: false });
  return {
    counts,
    async ask() {
      counts.asked += 1;
      counts.inside += 1;
      await clock.sleep(timeMs());
      counts.inside -= 1;
      const now = clock.now() - start;
      const isClosed = now >= from && now < to;
      counts[isClosed ? 'refused' : 'done'] += 1;
      if (!isClosed) return { kind: 'done' };
      count(`refused, Retry-After: ${says}`);
      return { kind: 'refused', retryAfter: retryAfter(says, to - now, clock.now()) };
    },
    capacity: () => Number.POSITIVE_INFINITY,
    description: `closed from ${from} to ${to} ms`,
  };
}

/** Serves a number of reads per second, with saved-up capacity, and refuses the rest. */
export function countingSource(
  { clock, chance, halving, stragglers, count }: ModelWorld,
  { rate, burst, meanMs, says }: { rate: number; burst: number; meanMs: number; says: Saying },
): SourceModel {
  const start = clock.now();
  const counts: Counts = { inside: 0, asked: 0, refused: 0, done: 0 };
  const timeMs = createTimes(meanMs, { chance, count, stragglers });
  let tokens = burst;
  let at = 0;
  const refill = (): void => {
    const now = clock.now() - start;
    tokens = Math.min(burst, tokens + ((shareUntil(halving, now) - shareUntil(halving, at)) / 1000) * rate);
    at = now;
  };
  const refuse = (): Answer => {
    const now = clock.now() - start;
    const own = now >= halving.from && now < halving.to ? rate / 2 : rate;
    count(`refused, Retry-After: ${says}`);
    const truthMs = ((1 - tokens) / own) * 1000;
    return { kind: 'refused', retryAfter: retryAfter(says, truthMs, clock.now()) };
  };
  return {
    counts,
    async ask() {
      counts.asked += 1;
      counts.inside += 1;
      await clock.sleep(5);
      refill();
      const isServed = tokens >= 1;
      if (isServed) tokens -= 1;
      const answer: Answer = isServed ? { kind: 'done' } : refuse();
      if (isServed) await clock.sleep(timeMs());
      counts.inside -= 1;
      counts[answer.kind] += 1;
      return answer;
    },
    capacity: (untilMs) => burst + (shareUntil(halving, untilMs) / 1000) * rate,
    description: `${rate} a second, ${burst} at once, says ${says}`,
  };
}

/** Works on a number of reads at once and lets the others wait; with too many inside, all become slower. */
export function workingSource(
  { clock, chance, halving, stragglers, count }: ModelWorld,
  { servers, meanMs, collapses }: { servers: number; meanMs: number; collapses: boolean },
): SourceModel {
  const start = clock.now();
  const counts: Counts = { inside: 0, asked: 0, refused: 0, done: 0 };
  const timeMs = createTimes(meanMs, { chance, count, stragglers });
  const queue: (() => void)[] = [];
  let busy = 0;
  const own = (): number => {
    const now = clock.now() - start;
    return now >= halving.from && now < halving.to ? Math.max(1, Math.floor(servers / 2)) : servers;
  };
  const next = (): void => {
    while (busy < own() && queue.length > 0) {
      busy += 1;
      queue.shift()?.();
    }
  };
  if (halving.to < Number.POSITIVE_INFINITY) clock.later(halving.to, next);
  return {
    counts,
    async ask() {
      counts.asked += 1;
      counts.inside += 1;
      await new Promise<void>((served) => {
        queue.push(served);
        next();
      });
      const crowd = counts.inside / own();
      const slower = collapses && crowd > 4 ? crowd / 4 : 1;
      if (slower > 1) count('read slowed by a crowd');
      await clock.sleep(timeMs() * slower);
      busy -= 1;
      next();
      counts.inside -= 1;
      counts.done += 1;
      return { kind: 'done' };
    },
    capacity: (untilMs) => (shareUntil(halving, untilMs) / meanMs) * servers,
    description: `${servers} at once, ${meanMs} ms each${collapses ? ', collapses' : ''}`,
  };
}

/** Half to one and a half times the mean; with stragglers, one in a hundred takes ten times as long. */
function createTimes(
  meanMs: number,
  { chance, stragglers, count }: Pick<ModelWorld, 'chance' | 'stragglers' | 'count'>,
): () => number {
  let asked = 0;
  let straggler = 0;
  return () => {
    if (asked % 100 === 0) straggler = asked + chance.whole(0, 99);
    const isSlow = stragglers && asked === straggler;
    if (isSlow) count('straggler');
    const ms = meanMs * chance.between(0.5, 1.5) * (isSlow ? 10 : 1);
    asked += 1;
    return ms;
  };
}
