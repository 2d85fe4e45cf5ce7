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
 * From functions/, infra/ imports only this file, backfill.ts, duration.ts, env.ts, item-names.ts, json.ts, kind-of.ts, limits.ts, metric-names.ts, nearest.ts and pause-note.ts.
 * These files, and all that they import, must not use AWS clients.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type Backfill, defaultBackfill } from './backfill.ts';
import { checkDefinition } from './check-definition.ts';
import type {
  AnyOutput,
  ComputeContext,
  Delivery,
  ReadContext,
  Readings,
  Secrets,
  Synchronous,
  WakeContext,
  WriteContext,
} from './contexts.ts';
import { defined } from './defined.ts';
import type { AfterForget, ArrivalOrder, PipelineDefinition, Poison, RequestOrder } from './definition.ts';
import { type Duration, parseDuration } from './duration.ts';
import type { Numbers } from './json-text.ts';
import { defaultLimits, type Limits } from './limits.ts';
import type { SchemaMessages } from './schema-problem.ts';
import type { PipelineSource } from './source.ts';
import { FIRST_STATE_VERSION, type StateVersions } from './state-versions.ts';
import type { Trace } from './tracing.ts';

export type {
  AnyOutput,
  ComputeContext,
  Delivery,
  ReadContext,
  Readings,
  Secrets,
  Submit,
  SubmitOptions,
  WakeContext,
  WriteContext,
} from './contexts.ts';
export type { AfterForget, Gap, PipelineDefinition, Poison } from './definition.ts';
export { BusyError, PermanentError } from './errors.ts';

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

/**
 * A user's function as the stages see it. Its arguments were checked when they came in, and are `unknown` here. It is typed
 * as a method, because TypeScript accepts a method with narrower parameters in its place.
 */
type OfUser<Taken extends readonly unknown[], Given> = { call(...taken: Taken): Given }['call'];

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

/** Whether the writer makes schedules: for wakes, or for keys that wait for missing requests. */
export function makesSchedules({ wake, order }: Pick<Pipeline, 'wake' | 'order'>): boolean {
  if (wake !== undefined) return true;
  return order.by === 'request' && (order.skipAfterMs ?? order.firstAfterMs) !== undefined;
}
