/**
 * START HERE.
 *
 * A pipeline is one file that defines how to `read`, how to `compute` and, optionally, how to `write`. Reads run at once;
 * each key computes one batch at a time; each effect happens exactly once.
 *
 * The words, one per concept:
 *   request   what to read: one message on the requests queue (standard SQS). It has an id.
 *   read      async, concurrent: request -> readings.
 *   reading   one piece of data that a read returns. JSON.
 *   key       string that a reading belongs to; readings of one key are computed one at a time.
 *   compute   synchronous, pure: (state, reading) -> state. It may emit outputs or skip the reading.
 *   state     the user's value for one key. JSON.
 *   partial   the state that the readings of one message make from the beginning: `merge` adds it to its key's state.
 *   commit    one conditional write: new state, version + 1, receipts, outputs, all in one item.
 *   output    something a compute emitted; delivered after the commit, at least once, under a stable id.
 *   write     async, concurrent: takes outputs to where they are wanted.
 *   wake      a call of `wake` that compute asked for, for a time: a reading of its key that nobody sends.
 *   receipt   proof, kept with the state, that a message was applied.
 *   parked    put aside durably for a key, in order: waiting for an earlier sequence, or for a stopped key.
 * Everything else is AWS's own word: message group, deduplication id, visibility timeout, receive count,
 * partial batch response, event source mapping, dead-letter queue, redrive, conditional write.
 *
 * How one request travels: reader/reader.ts -> readings.ts -> compute/compute.ts -> state.ts -> writer/writer.ts.
 *
 * Of functions/ infra/ imports this file, duration.ts, env.ts, item-names.ts, json.ts, limits.ts, metric-names.ts and pause-note.ts, and nothing else:
 * keep them, and what they import, free of AWS clients.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { checkDefinition, type OptionCheck, optionChecks } from './check-definition.ts';
import { defined } from './defined.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Numbers } from './json-text.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { SchemaMessages } from './schema-problem.ts';
import type { PipelineSource, SourceOptions } from './source.ts';
import { FIRST_STATE_VERSION, type MigrationStep, type StateVersions } from './state-versions.ts';

/**
 * The types that a state may have. A promise is not a state: an async `compute` returns `Promise<State>`, whose `then` does
 * not fit here, so it does not compile. This is the idea of Weir. A state of type `unknown` would allow a promise, so there
 * compute must return a value of a known type.
 */
type Synchronous<State> = unknown extends State
  ? Settled | string | number | boolean | null
  : State extends object
    ? State & Settled
    : State;

type Settled = object & { readonly then?: never };

/** The type of outputs that `write` does not name: anything except a promise. */
export { BusyError, PermanentError } from './errors.ts';

export type AnyOutput = Synchronous<unknown> | Readonly<Record<string, unknown>>;

/**
 * A user's function as the stages see it. Its arguments were checked when they came in, and are `unknown` here. It is typed
 * as a method, because TypeScript accepts a method with narrower parameters in its place.
 */
type OfUser<Taken extends readonly unknown[], Given> = { call(...taken: Taken): Given }['call'];

/** By the names in `secrets` of the construct. Fetched once for each environment. */
export type Secrets = Readonly<Record<string, string>>;

export interface SubmitOptions {
  /** Tells the request from the others that this read, or the write of this output, makes, and is the same on every attempt: 1 to 400 characters. */
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
}

/** What a read gives. */
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
   * Makes a request of this pipeline that follows from this output: `submit({ page: 2 }, { id: 'page-2' })`. It is sent when the
   * write has succeeded, and before the output is acknowledged. Delivered again, an output makes the same ones, so `id` must not
   * change between deliveries. One too many (limits.submitHopsMax, limits.submitsPerRequestMax) is set aside instead of read.
   */
  // As a method: a write that says nothing of requests takes these, too.
  submit(request: Body, options: SubmitOptions): void;
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
   * Called when a wake comes that compute or wake asked for; the reading is its tag. The rules of compute hold: synchronous
   * and pure.
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
  /** What later readings of a forgotten key do: start it again (`begin`, default), or get skipped (`skip`). */
  readonly afterForget?: AfterForget;
  /**
   * The item of a key names its newest commits, so many at the most (0 to 100, default 0), for `weir explain`: which requests
   * each took in, and when. It costs some 70 bytes a commit with each write (docs/explain.md).
   */
  readonly history?: number;
  /**
   * A number in a request that a double cannot hold, such as `9007199254740993.0`: the request is refused (`exact`,
   * default), or the number is `rounded` to the nearest double. Round only if the extra digits mean nothing.
   */
  readonly numbers?: Numbers;
  /**
   * The reason for a request that does not fit the schema: the place, the kind of value and the rule (`hidden`, default),
   * or the message of the schema library (`shown`), which may quote values of the request.
   */
  readonly schemaMessages?: SchemaMessages;
  /**
   * The source of a request, and the limits of its reads: `{ of: (request) => request.host, rate: 20 }`. Each source has
   * its own limits, for all environments together. See docs/sources.md.
   */
  readonly source?: SourceOptions<NoInfer<Request>>;
  /** Bounds that differ from the defaults, such as `{ memoryMb: 512 }`. */
  readonly limits?: Partial<Limits>;
}

/**
 * `merge` joins two states: `merge(a, b)` gives the state that compute gives for the readings of `a` followed by those of
 * `b`. The reader then computes the readings of a request and key, and compute merges this partial instead of computing
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

/** Readings are computed in the order in which they were admitted to the readings queue. */
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

/** Readings are computed in the order of their requests, whenever they arrive. */
interface RequestOrder<Request> {
  /** Readings of a key are computed in the order of their requests. */
  readonly order: 'request';
  /** The request's place among those of its key: 1, 2, 3 ... */
  readonly sequence: (request: Request) => number;
  /** The key of all readings of a request. Without it, the whole pipeline has one key. */
  readonly requestKey?: (request: Request) => string;
  /**
   * A request that ends in the dead-letter queue leaves a gap: `skip` (default) goes on behind it, `wait` waits.
   * `{ skipAfter: '1 hour' }` waits that long for whatever is missing, also for what was never sent, and goes on then
   * (docs/order.md). 1 minute to 60 days.
   */
  readonly gap?: Gap;
  /**
   * The first place of a key, 1 if nothing is said: a number, one for each key, or `{ firstAfter: '10 minutes' }`, the first
   * of those that came within that time. What is below it is set aside.
   */
  readonly startsAt?: number | ((key: string) => number) | { readonly firstAfter: Duration };
  /** The place before the request's own, where those in between are known to stay empty: 57 of the request at 60. */
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

/** Order as the stages see it. */
export type Order<Request = unknown, Reading = unknown> =
  | { readonly by: 'arrival'; readonly key: OfUser<[reading: Reading], string> }
  | {
      readonly by: 'request';
      readonly sequence: OfUser<[request: Request], number>;
      readonly requestKey: OfUser<[request: Request], string>;
      readonly gap: 'skip' | 'wait';
      /** With `wait`: how long; undefined: until it comes. */
      readonly skipAfterMs?: number;
      readonly startsAt?: OfUser<[key: string], number>;
      /** How long a key waits for the requests before the first one that came, while it has begun with none. */
      readonly firstAfterMs?: number;
      readonly follows?: OfUser<[request: Request], number | undefined>;
    };

/** A pipeline as the stages see it: its values are checked as they come in, so their types are `unknown` here. */
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
  readonly limits: Limits;
}

/** The same as its author sees it: a test that calls `compute` or `read` has the types of the file. */
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

/** Of a pipeline without secrets; functions/aws/secrets.ts hands over those of one that has some. */
export const NO_SECRETS: Secrets = {};

/** The key of every reading of a pipeline that names none. */
export const THE_ONLY_KEY = 'all';

/** Throws a PermanentError that names every option and limit that cannot be as it is. */
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

/** Whether its writer makes schedules: for wakes, or for keys that wait for what is missing. */
export function makesSchedules({ wake, order }: Pick<Pipeline, 'wake' | 'order'>): boolean {
  if (wake !== undefined) return true;
  return order.by === 'request' && (order.skipAfterMs ?? order.firstAfterMs) !== undefined;
}
