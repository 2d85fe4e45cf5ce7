/** The options of a pipeline, as its author writes them. check-definition.ts checks their values. */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { BackfillOptions } from './backfill.ts';
import { type OptionCheck, optionChecks } from './check-definition.ts';
import type {
  ComputeContext,
  Delivery,
  ReadContext,
  Readings,
  Synchronous,
  WakeContext,
  WriteContext,
} from './contexts.ts';
import type { Duration } from './duration.ts';
import type { Numbers } from './json-text.ts';
import type { Limits } from './limits.ts';
import type { SchemaMessages } from './schema-problem.ts';
import type { SourceOptions } from './source.ts';
import type { MigrationStep } from './state-versions.ts';
import type { Trace } from './tracing.ts';

export type PipelineDefinition<Request, Reading, State, Output, Body = unknown> = DefinitionOfAnyOrder<
  Request,
  Reading,
  State,
  Output,
  Body
> &
  (ArrivalOrder<Reading> | RequestOrder<NoInfer<Request>>) &
  (Mergeable<State> | Unmergeable);

type OptionName = keyof PipelineDefinition<unknown, unknown, unknown, unknown>;

// An option without a check does not compile.
optionChecks satisfies Record<OptionName, OptionCheck>;

interface DefinitionOfAnyOrder<Request, Reading, State, Output, Body> {
  /** Names the stack and its resources: letters, digits and hyphens, at most 40. */
  readonly name: string;
  /** Any Standard Schema (zod, valibot, arktype ...) for the body of a request. */
  readonly request: StandardSchemaV1<Body, Request>;
  /**
   * Returns the id of a request that was sent without one, for example the id of its event. Two requests with one id are
   * one request. Undefined: it has none, and the SQS message id is used.
   */
  readonly requestId?: (request: NoInfer<Request>) => string | undefined;
  /**
   * Reads one request and returns its readings: a list, another iterable, or an async generator. Weir asks a generator for
   * the next reading when there is room for it, and closes it when the read's time is up. It sends the readings after the
   * last one, so a read that fails halfway has sent nothing (docs/decisions/0017).
   */
  readonly read: (
    request: Request,
    context: ReadContext<NoInfer<Body>>,
  ) => Promise<Readings<Reading>> | Readings<Reading>;
  /** The state of a key before its first reading. */
  readonly initial: (key: string) => State;
  /** Returns the next state. Synchronous and pure: the same state and reading always give the same result. */
  readonly compute: (
    state: NoInfer<State>,
    reading: NoInfer<Reading>,
    context: ComputeContext<Output>,
  ) => Synchronous<NoInfer<State>>;
  /**
   * Called at the time that compute or wake asked for, with the tag in place of a reading. It must be synchronous and pure, as
   * compute must.
   */
  readonly wake?: (
    state: NoInfer<State>,
    tag: string,
    context: WakeContext<Output>,
  ) => Synchronous<NoInfer<State>>;
  /**
   * The version of the state's shape (default 1), and the steps from each earlier version to the next: `state: { version:
   * 2, migrate: { 1: (old) => ... } }`. A key is migrated when it is next computed (docs/migration.md).
   */
  readonly state?: {
    readonly version: number;
    readonly migrate?: Readonly<Record<number, MigrationStep>>;
  };
  /** Called with the outputs of one key, in the order of their commits. If it throws, Weir delivers them again later. */
  readonly write?: (
    outputs: readonly Delivery<Output, NoInfer<Body>>[],
    context: WriteContext,
  ) => Promise<void>;
  /**
   * When `compute` throws on a reading: `quarantine` (default) sets the reading aside in the dead-letter queue and the key
   * goes on; `stop` stops the key, and its later readings are parked until an operator resumes it.
   */
  readonly poison?: Poison;
  /** Whether later readings of a forgotten key start it again (`begin`, default) or are skipped (`skip`). */
  readonly afterForget?: AfterForget;
  /**
   * How many of its newest commits the item of a key describes for `weir explain`: which requests each took in, and when. 0 to
   * 100, default 0. Each adds about 70 bytes to every write of the item (docs/explain.md).
   */
  readonly history?: number;
  /**
   * What to do with a number in a request that a double cannot hold, such as `9007199254740993.0`: refuse the request (`exact`,
   * default) or round the number to the nearest double (`rounded`). Use `rounded` only if the extra digits mean nothing.
   */
  readonly numbers?: Numbers;
  /**
   * What the reason says about a request that does not fit the schema: the place, the kind of value and the rule (`hidden`,
   * default), or the message of the schema library (`shown`), which may quote values of the request.
   */
  readonly schemaMessages?: SchemaMessages;
  /**
   * The source of a request, and the limits of its reads: `{ of: (request) => request.host, rate: 20 }`. Each limit is per
   * source, for all environments together. See docs/sources.md.
   */
  readonly source?: SourceOptions<NoInfer<Request>>;
  /**
   * Adds a second requests queue for `weir submit --backfill`. Its readers use at most a share of each source: `{
   * readersMax: 5, share: 0.2 }`. See docs/sources.md.
   */
  readonly backfill?: BackfillOptions;
  /**
   * `carry` passes the W3C trace context of a request (`traceparent`, `tracestate`) on to its outputs and wakes, and to the
   * requests that follow from them. `{ openTelemetry }` also makes spans. Default: Weir ignores traces. See docs/tracing.md.
   */
  readonly trace?: Trace;
  /** Limits that differ from the defaults, such as `{ memoryMb: 512 }`. */
  readonly limits?: Partial<Limits>;
}

/**
 * `merge` joins two states: `merge(a, b)` returns the state that compute makes of the readings of `a` followed by those of
 * `b`. The reader then folds the readings of each message into a partial, and compute merges the partial instead of computing
 * each reading (docs/merge.md).
 */
interface Mergeable<State> {
  /**
   * Joins two states of a key: the readings of `a` followed by those of `b`. Synchronous and pure; it may change both. The
   * result of `initial` must add nothing. With `merge`, compute may use only `key` and `request` of its context.
   */
  readonly merge: (a: NoInfer<State>, b: NoInfer<State>) => Synchronous<NoInfer<State>>;
  readonly wake?: never;
  readonly write?: never;
}

interface Unmergeable {
  readonly merge?: never;
}

/** The options of a pipeline in arrival order. */
export interface ArrivalOrder<Reading> {
  /** Readings of a key are computed in the order in which they entered the readings queue. */
  readonly order?: 'arrival';
  /** The key of a reading. Without it, the whole pipeline has one key. */
  readonly key?: (reading: Reading) => string;
  readonly sequence?: never;
  readonly requestKey?: never;
  readonly gap?: never;
  readonly startsAt?: never;
  readonly follows?: never;
}

/** The options of a pipeline in request order. */
export interface RequestOrder<Request> {
  /** Readings of a key are computed in the order of their requests. */
  readonly order: 'request';
  /** The request's place among those of its key: 1, 2, 3 ... */
  readonly sequence: (request: Request) => number;
  /** The key of all readings of a request. Without it, the whole pipeline has one key. */
  readonly requestKey?: (request: Request) => string;
  /**
   * What to do when a request ends in the dead-letter queue and leaves a gap: `skip` (default) goes on after it, `wait` waits
   * for the request. `{ skipAfter: '1 hour' }` waits that long for any missing request, even one that was never sent, and then
   * goes on (docs/order.md). 1 minute to 60 days.
   */
  readonly gap?: Gap;
  /**
   * The first place of a key (default 1): a number, a function of the key, or `{ firstAfter: '10 minutes' }`, which starts at
   * the lowest place that comes within that time. Requests below it are set aside.
   */
  readonly startsAt?: number | ((key: string) => number) | { readonly firstAfter: Duration };
  /** The place that the request follows, if the places in between will stay empty: 57 if 60 comes right after 57. */
  readonly follows?: (request: Request) => number | undefined;
  readonly key?: never;
}

export type Gap = 'skip' | 'wait' | { readonly skipAfter: Duration };

export type Poison = 'quarantine' | 'stop';
export type AfterForget = 'begin' | 'skip';
