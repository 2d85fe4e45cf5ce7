/**
 * Compares another compute with the readings of a commit. The commit is folded again, in memory, and the shadow computes
 * each reading of the pipeline on the same state.
 *
 * After a difference the shadow goes on from the pipeline's own state, so each reading is compared separately. If no
 * reading differs, the shadow's state equals the pipeline's after any number of commits. So no state of the shadow has to
 * be kept between them (docs/decisions/0035).
 */

import { decodeMessage } from '../../decode-readings.ts';
import { encodeJson } from '../../json.ts';
import type { Pipeline } from '../../pipeline.ts';
import type { Clock } from '../../ports.ts';
import { currentTextOf } from '../../state-versions.ts';
import type { Arrival, FromQueue, Parked } from '../arrival.ts';
import { foldCarefully } from '../fold.ts';
import type { FoldInput } from '../fold-input.ts';
import { callInitial, INITIAL, MIGRATE } from '../initial.ts';
import { type Context, type Effect, effectOf, inertContext, isSameEffect } from './effect.ts';
import { changesBetween, type ReadingName, type ShadowFinding } from './findings.ts';

/** A commit that was made, as plain data that can be sent to another process. */
export interface ShadowJob {
  readonly input: Omit<FoldInput, 'arrivals' | 'parked'> & {
    readonly arrivals: readonly Bare<FromQueue>[];
    readonly parked: readonly Bare<Parked>[];
  };
  /** How many readings the commit computed. */
  readonly readings: number;
  /** The state after the commit, as text. */
  readonly state: string | undefined;
  readonly version: number;
  readonly lineage: string;
  readonly sentAt: number;
}

/** Without the decoded message, which compute may have changed. The body is as it was sent. */
export type Bare<Kind extends Arrival> = Omit<Kind, 'message' | 'fresh'>;

export interface Comparison {
  readonly readings: number;
  /** The first findings, at most FINDINGS_MAX. */
  readonly findings: readonly ShadowFinding[];
  readonly different: number;
  readonly threw: number;
  /** How many readings took the shadow much longer than the pipeline (isSlow). */
  readonly slow: number;
  /** Time that the pipeline and its shadow took for the readings. */
  readonly realMs: number;
  readonly shadowMs: number;
}

/** Of no readings. */
export const NOTHING: Comparison = {
  readings: 0,
  different: 0,
  threw: 0,
  slow: 0,
  realMs: 0,
  shadowMs: 0,
  findings: [],
};

export const FINDINGS_MAX = 10;

const SLOW_TIMES = 2;
/** Ms. A shorter time does not matter, and a clock measures it poorly. */
const SLOW_MS_MIN = 0.2;

function isSlow(realMs: number, shadowMs: number): boolean {
  return shadowMs >= SLOW_TIMES * realMs && shadowMs - realMs >= SLOW_MS_MIN;
}

/** Throws if the two cannot be compared; the shadow may then be right or wrong. */
export function compareCommit(real: Pipeline, shadow: Pipeline, job: ShadowJob, clock: Clock): Comparison {
  const pair = createPair(real, shadow, job, clock);
  const input: FoldInput = {
    ...job.input,
    arrivals: job.input.arrivals.map((arrival) => ({ ...arrival, ...asSent(arrival) })),
    parked: job.input.parked.map((arrival) => ({ ...arrival, ...asSent(arrival) })),
    readingsMax: job.readings,
  };
  const messages: readonly Arrival[] = [...input.parked, ...input.arrivals];
  // The clock may have cut the first fold. `readingsMax` cuts this one at the same reading, so its clock stands still.
  const { commit } = foldCarefully(pair.pipeline, STANDING_CLOCK, input, (receipt, index) => {
    if (receipt !== INITIAL && receipt !== MIGRATE) pair.next(nameOf(messages, receipt, index));
  });
  const comparison = pair.result();
  if (commit?.next.version !== job.version || commit.next.state !== job.state)
    throw new Error(NOT_REPEATABLE);
  return comparison;
}

const STANDING_CLOCK: Clock = { now: () => 0, sleep: async () => {} };
/** Thrown if the pipeline itself differs, because a difference then says nothing about the shadow. */
const NOT_REPEATABLE = 'computed again, the readings of the commit made another state: compute is not pure';

function asSent({ body }: Pick<Arrival, 'body'>): Pick<Arrival, 'message' | 'fresh'> {
  return { message: decodeMessage(body), fresh: true };
}

function nameOf(messages: readonly Arrival[], receipt: string, index: number): ReadingName {
  const message = messages.find((arrival) => arrival.receipt === receipt)?.message;
  const { request = '', chunk = 0, of = 1 } = message ?? {};
  return { request, chunk, of, index: message?.index ?? index };
}

interface Pair {
  /** Computes as the pipeline does, and lets the shadow compute each reading too. */
  readonly pipeline: Pipeline;
  /** Call this before each reading with its name. */
  next(name: ReadingName): void;
  result(): Comparison;
}

type Call = (pipeline: Pipeline, state: unknown, context: Context) => unknown;

function createPair(real: Pipeline, shadow: Pipeline, { input, version }: ShadowJob, clock: Clock): Pair {
  const { key, base } = input;
  let state = base && currentTextOf(base, shadow.state);
  let name: ReadingName = { request: '', chunk: 0, of: 1, index: 0 };
  let failure: unknown;
  const tally = createTally();
  const compare = (ours: Effect, realMs: number, context: Context, call: Call): void => {
    const stateVersion = real.state.version;
    const own =
      ours.threw === undefined
        ? currentTextOf({ key, stateVersion, state: ours.state }, shadow.state)
        : state;
    const inert = inertContext(context, shadow);
    const [theirs, shadowMs] = timed(clock, () =>
      effectOf(state, inert, (noted) => call(shadow, begun(state), noted)),
    );
    tally.time(realMs, shadowMs);
    tally.add({ ...ours, state: own }, theirs.effect, { ...name, version });
    state = own;
  };
  const both = (given: unknown, context: Context, call: Call): unknown => {
    const [ours, realMs] = timed(clock, () =>
      effectOf(undefined, context, (noted) => call(real, given, noted)),
    );
    try {
      compare(ours.effect, realMs, context, call);
    } catch (error) {
      failure ??= error;
    }
    return ours.settle();
  };
  const begun = (text: string | undefined): unknown => {
    const beginning = text === undefined ? callInitial(shadow, key) : { state: text };
    if ('failure' in beginning) throw beginning.failure;
    return JSON.parse(beginning.state);
  };
  return {
    pipeline: {
      ...real,
      compute(given, reading, context) {
        const text = encodeJson(reading, 'a reading'); // The pipeline may change the reading.
        return both(given, context, (pipeline, own, noted) =>
          pipeline.compute(own, pipeline === real ? reading : JSON.parse(text), noted),
        );
      },
      wake: real.wake && ((given, tag, context) => both(given, context, callWake(tag, context.at))),
    },
    next(reading) {
      name = reading;
    },
    result() {
      if (failure !== undefined) throw failure;
      return tally.result();
    },
  };
}

/** A shadow without `wake` throws, as it would if it were deployed. */
function callWake(tag: string, at: number): Call {
  return (pipeline, state, context) => {
    if (pipeline.wake === undefined) throw new Error('a wake came, and the shadow has no wake');
    return pipeline.wake(state, tag, { ...context, at });
  };
}

function timed<Result>(clock: Clock, run: () => Result): [result: Result, ms: number] {
  const start = clock.now();
  const result = run();
  return [result, clock.now() - start];
}

function createTally() {
  const sum = { readings: 0, different: 0, threw: 0, slow: 0, realMs: 0, shadowMs: 0 };
  const findings: ShadowFinding[] = [];
  return {
    time(realMs: number, shadowMs: number): void {
      sum.realMs += realMs;
      sum.shadowMs += shadowMs;
      if (isSlow(realMs, shadowMs)) sum.slow += 1;
    },
    add(ours: Effect, theirs: Effect, name: ReadingName & { readonly version: number }): void {
      sum.readings += 1;
      if (isSameEffect(ours, theirs)) return;
      sum[theirs.threw === undefined ? 'different' : 'threw'] += 1;
      if (findings.length === FINDINGS_MAX) return;
      const { threw } = theirs;
      findings.push({
        ...name,
        ...(threw === undefined ? { changes: changesBetween(ours, theirs) } : { threw }),
      });
    },
    result: (): Comparison => ({ ...sum, findings }),
  };
}
