/** What a user's functions get and give: the contexts, and the types that a state, a reading and an output may have. */
import type { TraceContext } from './trace-context.ts';

/**
 * The types that a state may have. A promise is not a state: an async `compute` returns `Promise<State>`, whose `then` does
 * not fit here, so it does not compile. This is the idea of Weir. A state of type `unknown` would allow a promise, so in that
 * case compute must return a value of a known type.
 */
export type Synchronous<State> = unknown extends State
  ? Settled | string | number | boolean | null
  : State extends object
    ? State & Settled
    : State;

type Settled = object & { readonly then?: never };

/** The type of outputs if `write` does not name one: anything except a promise. */
export type AnyOutput = Synchronous<unknown> | Readonly<Record<string, unknown>>;

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
