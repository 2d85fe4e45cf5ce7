/** The requests of a seed, for the pipeline under test and for the oracle; draw-workload.ts draws them. */
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import type { Reading, ReadingKind } from '../oracle/reference.ts';
import type { Mode } from './mode.ts';

export type RequestKind =
  | 'plain'
  | 'large'
  | 'varies'
  | 'reorders'
  | 'empty'
  | 'failsForMinutes'
  | 'fixedLater'
  | 'refusedForNow'
  | 'leavesRejection'
  | 'endsItsFunction'
  | 'notJson'
  | 'wrongSchema'
  | 'refusedByRead'
  | 'unfitReading'
  | 'unfitKey'
  | 'tooLargeReading';

export interface PlannedRequest {
  readonly n: number;
  readonly kind: RequestKind;
  readonly body: string;
  /** The id that the producer gave; without one, the request has SQS's message id. */
  readonly id: string | undefined;
  /** In request order: the request's key and place. Without a place the request must be refused. */
  readonly turn: { readonly key: string; readonly sequence: number; readonly follows?: number } | undefined;
  /** Milliseconds from the start: the first submission and its repeats. */
  readonly submitAt: readonly number[];
  readonly readings: (attempt: number) => Reading[];
  /** The requests that its read submits. */
  readonly submits?: readonly number[];
  /** The requests that the write of its first output submits, and the number of such hops that led to it. */
  readonly follows?: readonly number[];
  readonly hops?: number;
  /** The dead request from which an operator edited this one. */
  readonly editedFrom?: number;
  /** No producer sends it: it is a record of the feed. */
  readonly isFed?: true;
  /** EventBridge Scheduler sends it, sometimes twice: its id contains the scheduled time. */
  readonly isScheduled?: true;
}

/** A record of a feed that cannot be a request. */
export interface UnfitRecord {
  readonly atMs: number;
  readonly data: Uint8Array;
}

/** The source of the records, and the records that cannot be requests. */
export interface PlannedFeed {
  readonly kind: 'kinesis' | 'kafka' | 'queue';
  readonly unfit: readonly UnfitRecord[];
}

export interface Workload {
  readonly mode: Mode;
  readonly keys: readonly string[];
  readonly requests: readonly PlannedRequest[];
  /** Period in which the producers submit, in ms. */
  readonly spanMs: number;
  /**
   * Whether some reads, readings or initials end the process or never return: identifying these takes more
   * than three deliveries.
   */
  readonly deadly: boolean;
  /** Whether an operator watches for stopped keys and skips at once. */
  readonly attended: boolean;
  /** Keys whose `initial` fails until the faults end, and how it fails. */
  readonly initials: ReadonlyMap<string, ReadingKind>;
  /** Keys whose migration fails until the faults end, and how it fails. */
  readonly migrations?: ReadonlyMap<string, ReadingKind>;
  readonly feed?: PlannedFeed;
  /**
   * Usual maximum duration of reads in ms. Slow reads build a backlog, and everything that waited in it is a
   * suspect.
   */
  readonly readMsMax: number;
}

/** Requests that can never succeed: they must end in the dead-letter queue; all others must take effect. */
export const REFUSED_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'refusedByRead',
  'endsItsFunction',
  'unfitReading',
  'unfitKey',
  'tooLargeReading',
]);
/** Kinds whose place in the sequence cannot be read, so no key waits for them. */
export const PLACELESS_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'unfitKey',
]);

export function attributesOf({ id }: PlannedRequest): Record<string, string> {
  return id === undefined ? {} : { [REQUEST_ATTRIBUTES.id]: id };
}

/** A double holds this as ...992. */
export const INEXACT = '9007199254740993.0';

export function dropsSomething(body: string): 'inexactNumber' | 'nameTwice' | undefined {
  if (body.includes(INEXACT)) return 'inexactNumber';
  return /"n":.*"n":/.test(body) ? 'nameTwice' : undefined;
}

/** The number of a body's request: the oracle's own way to identify requests. */
export function requestOfBody(body: string): number {
  return Number(/^\{"[nm]":(\d+)/.exec(body)?.[1] ?? Number.NaN);
}
