/**
 * The shared item of a source, one small item of the table for all environments. By a conditional write an environment
 * reserves what its waiting reads need: times at which reads may begin, and slots for reads at once.
 *
 * Nothing in it has to be given back. An unused time passes. An environment holds its slots for three seconds unless it
 * asks again, so the slots of one that died or froze become free by themselves.
 */
import type { SourceLimits } from '../../source.ts';
import type { Tally } from './tally.ts';

export interface SharedSource {
  /** Grows with each write: the condition of the next one. */
  readonly version: number;
  /** Epoch ms. When the next read may begin. */
  readonly next: number;
  /** Epoch ms. Up to here come-backs are spread: those that are given back now come after it. */
  readonly booked: number;
  /** Epoch ms. Nobody reads before this. */
  readonly closedUntil: number;
  /** Epoch ms. One read asks whether it is open again: the others wait for that one until then. */
  readonly probedUntil: number;
  /** Epoch ms. When it was closed last: what began earlier tells nothing new. */
  readonly closedAt: number;
  /** Epoch ms. When it was closed the time before. */
  readonly closedBefore: number;
  /** Epoch ms. When the youngest read that came back well was let in. */
  readonly served: number;
  /** Closings in a row without a read in between that came back well. */
  readonly refusals: number;
  /** Environments by name: slots for reads at once, and until when they have them (epoch ms). */
  readonly holders: Readonly<Record<string, readonly [slots: number, until: number]>>;
  /** Only where the concurrency is 'adaptive'. */
  readonly found: Found | undefined;
  /** The limits by which it was written, and what it refused of late: for those who watch. */
  readonly given: Pick<SourceLimits, 'rate' | 'concurrency'>;
  readonly tally: Tally;
}

/** What an environment saw since it last wrote. Times are epoch ms, or ms. */
export interface Report {
  /** Reads that came back, well or with an error of their own; the time that they took in all. */
  readonly done: number;
  readonly doneMs: number;
  /** When the last of them was let in. */
  readonly doneStart: number;
  readonly refused: number;
  /** When the last of them was let in. */
  readonly refusedStart: number;
  /** The longest time that the source said; 0: it said none. */
  readonly refusedMs: number;
  readonly timedOut: number;
}

export interface Ask {
  /** Name of the environment. */
  readonly by: string;
  readonly now: number;
  /** Reads that would begin. */
  readonly waiting: number;
  /** Reads under way. */
  readonly running: number;
  /** How long the answer takes to come: a moment before that would be over when it is known. */
  readonly leadMs: number;
  /** How long a read waits in its environment; what must wait longer is given back. */
  readonly patienceMs: number;
  /** Reads that wait no more and are given back. */
  readonly leaving: number;
  /** If some must come back, places for so many more, which need not ask then. */
  readonly spare: number;
  readonly report: Report;
}

export interface Settled {
  readonly after: SharedSource;
  /** Epoch ms of each read that may begin, at most `waiting`. */
  readonly starts: readonly number[];
  /** So many of the others cannot begin within their patience: they are given back, too. */
  readonly refusedEntry: number;
  /** When the first of those that are given back comes again (epoch ms), and what lies between two. */
  readonly back: {
    readonly from: number;
    readonly gapMs: number;
    /** So many further places behind those, for reads that come before `until` (epoch ms): they need not ask. */
    readonly spare: number;
    readonly until: number;
  };
  /** Reads at once that the environment may have; Infinity: as many as it likes. */
  readonly slots: number;
}

/** What was found of a source whose concurrency is 'adaptive': see adapt.ts. */
export interface Found {
  /** Epoch ms. When it was read first. */
  readonly since: number;
  /** Reads at once. */
  readonly limit: number;
  /** Doubles its limit until reads become slower for the first time. */
  readonly grows: 'fast' | 'slowly';
  /** Mean time of a read when they are not in each other's way; 0: not known. */
  readonly baseMs: number;
  /** Reads a second since the last refusal; 0: it has not refused any. */
  readonly rate: number;
  /** Whether it was lowered since it was raised last: 1, and 2 if it had proved right before and so is another one now. */
  readonly cuts: number;
  /** For so long the rate is not raised. */
  readonly holdMs: number;
  /** Epoch ms; 0: none. */
  readonly refusedAt: number;
  /** Since then, or since the beginning: what came back well, and how long the source was closed. */
  readonly doneSince: number;
  readonly closedMs: number;
  /** The reads by which the limit is judged next. */
  readonly window: {
    readonly from: number;
    readonly done: number;
    readonly ms: number;
    readonly timedOut: number;
  };
  /** The last few reads, by which a crowd is seen sooner than by a window. */
  readonly recent: { readonly done: number; readonly meanMs: number };
  /** Reads a second: the most of the windows of late. */
  readonly flow: number;
}

export const NEW_SOURCE: SharedSource = {
  version: 0,
  next: 0,
  booked: 0,
  closedUntil: 0,
  probedUntil: 0,
  closedAt: -1,
  closedBefore: -1,
  served: -1,
  refusals: 0,
  holders: {},
  found: undefined,
  given: {},
  tally: { from: 0, refused: 0, before: 0 },
};
