/**
 * The shared item of a source: one small item of the table for all environments. With a conditional write, an environment
 * reserves what its waiting reads need: times at which reads may begin, and slots for reads at once.
 *
 * Nothing has to be given back. An unused time passes. An environment holds its slots for three seconds unless it asks again,
 * so the slots of an environment that died or froze become free by themselves.
 */
import type { SourceLimits } from '../../source.ts';
import type { Tally } from './tally.ts';

export interface SharedSource {
  /** Grows by one with each write, which has the version before as its condition. */
  readonly version: number;
  /** Epoch ms at which the next read may begin. */
  readonly next: number;
  /** Epoch ms up to which return times are booked. Further ones come after it. */
  readonly booked: number;
  /** `next` and `booked` of the backfill lane; undefined if it has not read the source. */
  readonly backfill: { readonly next: number; readonly booked: number } | undefined;
  /** Epoch ms before which no read may begin. */
  readonly closedUntil: number;
  /** Epoch ms until which other reads wait for a probe, the one read that tests whether the source is open again. */
  readonly probedUntil: number;
  /** Epoch ms of the last closing. Results of reads that were let in before it are not news. */
  readonly closedAt: number;
  /** Epoch ms of the closing before the last. */
  readonly closedBefore: number;
  /** Epoch ms at which the newest successful read was let in. */
  readonly served: number;
  /** Number of closings in a row without a successful read in between. */
  readonly refusals: number;
  /** By name of the environment: its slots for reads at once, and when they expire (epoch ms). */
  readonly holders: Readonly<Record<string, readonly [slots: number, until: number]>>;
  /** Set if the source has a concurrency. */
  readonly found: Found | undefined;
  /** The limits of the last writer, and the recent refusals. Only for display. */
  readonly given: Pick<SourceLimits, 'rate' | 'concurrency'>;
  readonly tally: Tally;
}

/** What an environment observed since its last report. */
export interface Report {
  /** Number of successful reads, and their total time in ms. */
  readonly done: number;
  readonly doneMs: number;
  /** Epoch ms at which the newest of them was let in. */
  readonly doneStart: number;
  readonly refused: number;
  /** Epoch ms at which the newest of them was let in. */
  readonly refusedStart: number;
  /** The longest wait in ms that the source named; 0 if it named none. */
  readonly refusedMs: number;
  readonly timedOut: number;
  /** Number of reads that still run and take far longer than a read alone, each told once, and their time so far in ms. */
  readonly late: number;
  readonly lateMs: number;
}

export interface Ask {
  /** Name of the environment. */
  readonly by: string;
  readonly now: number;
  /** Number of reads that wait to begin. */
  readonly waiting: number;
  /** Number of running reads. */
  readonly running: number;
  /** Expected time of the answer, ms. An earlier turn would be over when the answer comes. */
  readonly leadMs: number;
  /** How long reads can still wait, ms. A read that must wait longer goes back to the queue. */
  readonly patienceMs: number;
  /** Number of reads whose patience has ended and that go back. */
  readonly leaving: number;
  /** If some reads must go back: number of further return times to book, for later reads that then need not ask. */
  readonly spare: number;
  readonly report: Report;
  /** Set for the backfill: the part of the limits that it may use. */
  readonly share?: number;
}

/** When a read may begin (epoch ms). */
export interface Turn {
  readonly from: number;
  /** A read that did not begin by then has missed its turn, and waits for another. `EVER` if there is no rate. */
  readonly until: number;
}

/** A number, so that it can be sent to another process. */
export const EVER = Number.MAX_SAFE_INTEGER;

export interface Settled {
  readonly after: SharedSource;
  /** Of the reads that may begin, at most `waiting`. */
  readonly turns: readonly Turn[];
  /** Number of waiting reads that cannot begin within their patience and go back too. */
  readonly refusedEntry: number;
  /** When the first read that goes back returns (epoch ms), and the time between two returns. */
  readonly back: {
    readonly from: number;
    readonly gapMs: number;
    /** Number of further return times after those, for reads that come before `until` (epoch ms) and need not ask. */
    readonly spare: number;
    readonly until: number;
  };
  /** The most reads at once of the environment; Infinity if there is no limit. */
  readonly slots: number;
  /** Epoch ms before which waiting backfill reads need not ask again; 0 for live reads. */
  readonly askAt: number;
}

/** The limits that were found for a source: adapt.ts. */
export interface Found {
  /** Epoch ms of the first question about the source, or of the last change of its rate. */
  readonly since: number;
  /** The most reads at once. */
  readonly limit: number;
  /** Epoch ms of the last report of a successful read, or of the fall of the limit because none came; 0 if there was none. */
  readonly heardAt: number;
  /** `fast` doubles the limit until reads become slower for the first time. */
  readonly grows: 'fast' | 'slowly';
  /** Mean time of a read when reads do not slow each other, ms; 0 if not known. */
  readonly baseMs: number;
  /** Reads per second that the source seems to accept; 0 if it has refused none. */
  readonly rate: number;
  /** 1 if the rate was lowered since its last raise; 2 if it had proved right before, so the source has changed; else 0. */
  readonly cuts: number;
  /** How long the rate is not raised after a refusal, ms. */
  readonly holdMs: number;
  /** Epoch ms of the last refusal; 0 if there was none. */
  readonly refusedAt: number;
  /** Since the last refusal, or since the start: number of successful reads, and how long the source was closed. */
  readonly doneSince: number;
  readonly closedMs: number;
  /**
   * Reads per second that the source served between two refusals, the highest that was seen since it last changed; 0 if not
   * known. A source that has not changed allows at least this rate.
   */
  readonly proven: number;
  /** The reads that judge the limit next. */
  readonly window: {
    readonly from: number;
    readonly done: number;
    readonly ms: number;
    readonly timedOut: number;
  };
  /** The last few reads, which show a limit that is far too high sooner than a window does. */
  readonly recent: { readonly done: number; readonly meanMs: number };
  /** Reads per second: the highest of the recent windows. */
  readonly flow: number;
}

export const NEW_SOURCE: SharedSource = {
  version: 0,
  next: 0,
  booked: 0,
  backfill: undefined,
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
