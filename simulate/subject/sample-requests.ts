/** The requests of a seed, as the pipeline under test gets them and the oracle knows them: draw-workload.ts draws them. */
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
  /** Given by the producer; else SQS's message id is the request's. */
  readonly id: string | undefined;
  /** In request order: whose it is, and its place there. Without a place it can have no turn, and must be refused. */
  readonly turn: { readonly key: string; readonly sequence: number; readonly follows?: number } | undefined;
  /** Milliseconds after the start, the first submission and its repeats. */
  readonly submitAt: readonly number[];
  readonly readings: (attempt: number) => Reading[];
  /** The requests that its read submits. */
  readonly submits?: readonly number[];
  /** Those that the write of its first output submits; and how many requests led to it that way. */
  readonly follows?: readonly number[];
  readonly hops?: number;
  /** The dead one that an operator made it of. */
  readonly editedFrom?: number;
}

export interface Workload {
  readonly mode: Mode;
  readonly keys: readonly string[];
  readonly requests: readonly PlannedRequest[];
  /** How long the producers go on. */
  readonly spanMs: number;
  /** Whether some reads, readings or initials end the process or never come back: finding those out takes more than three deliveries. */
  readonly deadly: boolean;
  /** Whether an operator looks out for keys that stand still, and skips at once. */
  readonly attended: boolean;
  /** Keys whose initial fails until everything heals, and how. */
  readonly initials: ReadonlyMap<string, ReadingKind>;
  /** How long reads take at most, as a rule. Slow ones make a backlog, and whatever waited in it is a suspect. */
  readonly readMsMax: number;
}

/** Requests that can never work: they must end in the dead-letter queue, all others must take effect. */
export const REFUSED_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'refusedByRead',
  'endsItsFunction',
  'unfitReading',
  'unfitKey',
  'tooLargeReading',
]);
/** Those of which not even the place in the sequence is known, so nobody waits for them. */
export const PLACELESS_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'unfitKey',
]);

export function attributesOf({ id }: PlannedRequest): Record<string, string> {
  return id === undefined ? {} : { [REQUEST_ATTRIBUTES.id]: id };
}

/** A double holds ...992 of it. */
export const INEXACT = '9007199254740993.0';

export function dropsSomething(body: string): 'inexactNumber' | 'nameTwice' | undefined {
  if (body.includes(INEXACT)) return 'inexactNumber';
  return /"n":.*"n":/.test(body) ? 'nameTwice' : undefined;
}

/** The number of the request that a body belongs to: the oracle's own way to tell requests apart. */
export function requestOfBody(body: string): number {
  return Number(/^\{"[nm]":(\d+)/.exec(body)?.[1] ?? Number.NaN);
}
