/**
 * START HERE.
 *
 * A pipeline is one file that defines how to `read`, how to `compute` and, optionally, how to `write`. Many reads run at once,
 * each key computes one batch at a time, and each reading counts exactly once.
 *
 * The words, one per concept:
 *   request   what to read: one message on the requests queue (standard SQS). It has an id.
 *   read      async, concurrent: request -> readings.
 *   reading   one piece of data that a read returns. JSON.
 *   key       string that a reading belongs to; readings of one key are computed one at a time.
 *   compute   synchronous, pure: (state, reading) -> state. It may emit outputs or skip the reading.
 *   state     the user's value for one key. JSON.
 *   partial   the state that the readings of one message make from `initial`; `merge` joins it to its key's state.
 *   commit    one conditional write: new state, version + 1, receipts, outputs, all in one item.
 *   output    a value that compute emitted; delivered after the commit, at least once, under a stable id.
 *   write     async, concurrent: delivers outputs to their destination.
 *   wake      a call of `wake` at a time that compute asked for. It is computed like a reading of its key.
 *   receipt   proof, kept with the state, that a message was applied.
 *   parked    put aside durably for a key, in order: waiting for an earlier sequence, or for a stopped key.
 * Everything else is AWS's own word: message group, deduplication id, visibility timeout, receive count,
 * partial batch response, event source mapping, dead-letter queue, redrive, conditional write.
 *
 * How one request travels: reader/reader.ts -> readings.ts -> compute/compute.ts -> state.ts -> writer/writer.ts.
 *
 * From functions/, infra/ imports only this file, backfill.ts, duration.ts, env.ts, item-names.ts, json.ts, limits.ts, metric-names.ts and pause-note.ts.
 * These files, and all that they import, must not use AWS clients.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Backfill, type BackfillOptions, defaultBackfill } from './backfill.ts';
import { checkDefinition, type OptionCheck, optionChecks } from './check-definition.ts';
import { defined } from './defined.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Numbers } from './json-text.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { SchemaMessages } from './schema-problem.ts';
import type { PipelineSource, SourceOptions } from './source.ts';
import { FIRST_STATE_VERSION, type MigrationStep, type StateVersions } from './state-versions.ts';
import type { TraceContext } from './trace-context.ts';
import type { Trace } from './tracing.ts';

/**
 * The types that a state may have. A promise is not a state: an async `compute` returns `Promise<State>`, whose `then` does
 * not fit here, so it does not compile. This is the idea of Weir. A state of type `unknown` would allow a promise, so in that
 * case compute must return a value of a known type.
 */
type Synchronous<State> = unknown extends State
  ? Settled | string | number | boolean | null
  : State extends object
    ? State & Settled
    : State;

type Settled = object & { readonly then?: never };

export { BusyError, PermanentError } from './errors.ts';

/** The type of outputs if `write` does not name one: anything except a promise. */
export type AnyOutput = Synchronous<unknown> | Readonly<Record<string, unknown>>;

/**
 * A user's function as the stages see it. Its arguments were checked when they came in, and are `unknown` here. It is typed
 * as a method, because TypeScript accepts a method with narrower parameters in its place.
 */
type OfUser<Taken extends readonly unknown[], Given> = { call(...taken: Taken): Given }['call'];

/** The secrets by their names in `secrets` of the construct. Each environment fetches them once. */
export type Secrets = Readonly<Record<string, string>>;

export interface SubmitOptions {
  /** Tells the request from others of the same read or output. The same on every attempt; 1 to 400 characters. */
  readonly id: string;
}

export type Submit<Body = unknown> = (request: Body, options: SubmitOptions) => void;

export interface ReadContext<Body = unknown> {
  /** Aborted when the read's time is up. The read must stop then: its result is no longer used. */
  readonly signal: AbortSignal;
  /** The request's id: from its submitter, else from `requestId`, else the SQS message id. */
  readonly id: string;
  /** 1 for the first attempt at this request. */
  readonly attempt: number;
  /** The secrets that the construct names, by name. */
  readonly secrets: Secrets;
  /**
   * Makes another request of this pipeline: `submit({ page: 2 }, { id: 'page-2' })`. Weir sends it after the read has
   * succeeded, and before it acknowledges the read's own request. A request that is read again must make the same requests,
   * so `id` must not change between attempts. Throws a PermanentError if there would be too many (limits.submitHopsMax,
   * limits.submitsPerRequestMax).
   */
  readonly submit: Submit<Body>;
  /** The trace of the request, if the pipeline has `trace`: `fetch(url, { headers: { ...trace } })`. */
  readonly trace?: TraceContext;
}

/** The result of a read. */
export type Readings<Reading> = Iterable<Reading> | AsyncIterable<Reading>;

export interface ComputeContext<Output> {
  /** The key of the reading. */
  readonly key: string;
  /** The id of the request that the reading comes from. */
  readonly request: string;
  /** When the reading entered the readings queue: epoch milliseconds by SQS's clock, the same on every attempt. */
  readonly sentAt: number;
  /** Adds an output to this commit. */
  readonly emit: (output: Output) => void;
  /** Counts this reading as skipped by your own rule instead of applied. The returned state is kept. */
  readonly skip: (reason: string) => void;
  /**
   * Asks for a call of `wake` for this key at this time (epoch ms), usually within a minute after it. If the time has
   * passed, the call comes at once. A key has one wake for each tag: a new time for the same tag replaces the old one. At
   * most 16 tags of 100 characters. Throws if the pipeline has no `wake` (docs/time.md).
   */
  readonly wake: (at: number, tag: string) => void;
  /** Cancels the wake with this tag. If there is none, nothing happens. */
  readonly cancelWake: (tag: string) => void;
}

export interface WakeContext<Output> extends ComputeContext<Output> {
  /** The time that compute asked for, epoch ms. `sentAt` is the time at which the wake came, `request` its id. */
  readonly at: number;
}

export interface Delivery<Output, Body = unknown> {
  /** `key/version/index`: fixed at the commit, the same on every delivery. Sinks drop repeats by it. */
  readonly id: string;
  /** The key whose commit emitted it. */
  readonly key: string;
  /** The version of the key's state whose commit emitted this output. */
  readonly version: number;
  /** What `compute` emitted. */
  readonly output: Output;
  /**
   * Makes another request of this pipeline: `submit({ page: 2 }, { id: 'page-2' })`. Weir sends it after the write has
   * succeeded, and before it acknowledges the output. An output that is delivered again must make the same requests, so `id`
   * must not change between deliveries. A request beyond limits.submitHopsMax or limits.submitsPerRequestMax is set aside
   * instead of read.
   */
  // A method, so that a `write` that does not name the type of its requests accepts these deliveries too.
  submit(request: Body, options: SubmitOptions): void;
  /** The trace of the request that the output follows from, if the pipeline has `trace`. */
  readonly trace?: TraceContext;
}

export interface WriteContext {
  /** Aborted when the time of this write is up (limits.writeTimeoutMs). */
  readonly signal: AbortSignal;
  /** The key's newest committed state, which may be later than the one that emitted the output. */
  readonly latest: (key: string) => Promise<unknown>;
  /** The secrets that the construct names, by name. */
  readonly secrets: Secrets;
}

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
interface ArrivalOrder<Reading> {
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
interface RequestOrder<Request> {
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

/** The order as the stages see it. */
export type Order<Request = unknown, Reading = unknown> =
  | { readonly by: 'arrival'; readonly key: OfUser<[reading: Reading], string> }
  | {
      readonly by: 'request';
      readonly sequence: OfUser<[request: Request], number>;
      readonly requestKey: OfUser<[request: Request], string>;
      readonly gap: 'skip' | 'wait';
      /** With `wait`, the longest wait; undefined if there is no limit. */
      readonly skipAfterMs?: number;
      readonly startsAt?: OfUser<[key: string], number>;
      /** How long a key that has not begun waits for requests before the first one that came. */
      readonly firstAfterMs?: number;
      readonly follows?: OfUser<[request: Request], number | undefined>;
    };

/** A pipeline as the stages see it. Values are checked when they come in, so their types are `unknown` here. */
export interface Pipeline {
  readonly name: string;
  readonly request: StandardSchemaV1<unknown, unknown>;
  readonly requestId: OfUser<[request: unknown], string | undefined> | undefined;
  readonly read: OfUser<
    [request: unknown, context: ReadContext],
    Promise<Readings<unknown>> | Readings<unknown>
  >;
  readonly order: Order;
  readonly poison: Poison;
  readonly afterForget: AfterForget;
  readonly history: number;
  readonly initial: (key: string) => unknown;
  readonly compute: OfUser<[state: unknown, reading: unknown, context: ComputeContext<unknown>], unknown>;
  readonly wake: OfUser<[state: unknown, tag: string, context: WakeContext<unknown>], unknown> | undefined;
  readonly merge: OfUser<[a: unknown, b: unknown], unknown> | undefined;
  readonly state: StateVersions;
  readonly write:
    | OfUser<[outputs: readonly Delivery<unknown>[], context: WriteContext], Promise<void>>
    | undefined;
  readonly numbers: Numbers;
  readonly schemaMessages: SchemaMessages;
  readonly source: PipelineSource | undefined;
  readonly backfill: Backfill | undefined;
  readonly trace?: Trace | undefined;
  readonly limits: Limits;
}

/** A pipeline as its author sees it: a test that calls `compute` or `read` gets the types of the pipeline's file. */
export interface TypedPipeline<Request, Reading, State, Output> extends Pipeline {
  readonly request: StandardSchemaV1<unknown, Request>;
  readonly requestId: ((request: Request) => string | undefined) | undefined;
  readonly read: (request: Request, context: ReadContext) => Promise<Readings<Reading>> | Readings<Reading>;
  readonly order: Order<Request, Reading>;
  readonly initial: (key: string) => State;
  readonly compute: (state: State, reading: Reading, context: ComputeContext<Output>) => Synchronous<State>;
  readonly wake:
    | ((state: State, tag: string, context: WakeContext<Output>) => Synchronous<State>)
    | undefined;
  readonly merge: ((a: State, b: State) => Synchronous<State>) | undefined;
  readonly write:
    | ((outputs: readonly Delivery<Output>[], context: WriteContext) => Promise<void>)
    | undefined;
}

/** The secrets of a pipeline without any. functions/aws/secrets.ts passes those of a pipeline that has some. */
export const NO_SECRETS: Secrets = {};

/** The key of every reading if the pipeline defines no key. */
export const THE_ONLY_KEY = 'all';

/** Throws a PermanentError that names every invalid option and limit. */
export function definePipeline<Request, Reading, State, Output = AnyOutput, Body = unknown>(
  definition: PipelineDefinition<Request, Reading, State, Output, Body>,
): TypedPipeline<Request, Reading, State, Output> {
  checkDefinition(definition);
  const { name, request, requestId, read, initial, compute, wake, merge, write } = definition;
  const { poison = 'quarantine', afterForget = 'begin', history = 0 } = definition;
  const { numbers = 'exact', schemaMessages = 'hidden' } = definition;
  const limits = { ...defaultLimits, ...definition.limits };
  return {
    name,
    request,
    requestId,
    read,
    initial,
    compute,
    wake,
    merge,
    state: { ...FIRST_STATE_VERSION, ...definition.state },
    write,
    poison,
    afterForget,
    history,
    numbers,
    schemaMessages,
    source: definition.source,
    backfill: definition.backfill && { ...defaultBackfill, ...defined(definition.backfill) },
    trace: definition.trace,
    limits,
    order: orderOf(definition),
  };
}

function orderOf<Request, Reading>(
  definition: ArrivalOrder<Reading> | RequestOrder<Request>,
): Order<Request, Reading> {
  const theOnlyKey = () => THE_ONLY_KEY;
  if (definition.order !== 'request') return { by: 'arrival', key: definition.key ?? theOnlyKey };
  const { sequence, requestKey = theOnlyKey, gap = 'skip', startsAt, follows } = definition;
  return {
    by: 'request',
    sequence,
    requestKey,
    gap: typeof gap === 'string' ? gap : 'wait',
    ...defined({
      skipAfterMs: typeof gap === 'string' ? undefined : msOf(gap.skipAfter),
      firstAfterMs: typeof startsAt === 'object' ? msOf(startsAt.firstAfter) : undefined,
      startsAt: startOf(startsAt),
      follows,
    }),
  };
}

function startOf(startsAt: RequestOrder<unknown>['startsAt']): ((key: string) => number) | undefined {
  if (typeof startsAt === 'number') return () => startsAt;
  return typeof startsAt === 'function' ? startsAt : undefined;
}

function msOf(duration: Duration): number | undefined {
  return parseDuration(duration)?.ms;
}

/** Whether the writer makes schedules: for wakes, or for keys that wait for missing requests. */
export function makesSchedules({ wake, order }: Pick<Pipeline, 'wake' | 'order'>): boolean {
  if (wake !== undefined) return true;
  return order.by === 'request' && (order.skipAfterMs ?? order.firstAfterMs) !== undefined;
}
