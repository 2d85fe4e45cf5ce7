/**
 * The author's pipeline as the simulation's subject. Requests and readings travel under the kit's own
 * numbers, and the state carries a log next to the author's: the readings that took effect, in order. The
 * judge reads the log of every commit and computes the same readings plainly.
 */
import { PermanentError } from '../functions/errors.ts';
import { isRecord } from '../functions/json.ts';
import { defaultLimits, type Limits } from '../functions/limits.ts';
import type { Order, Pipeline } from '../functions/pipeline.ts';
import type { Mode } from '../simulate/subject/mode.ts';
import type { PlannedRequest, Workload } from '../simulate/subject/sample-requests.ts';
import type { SampleWorld } from '../simulate/subject/sample-world.ts';
import { deliverToSink, reachSource } from '../simulate/subject/source-and-sink.ts';
import type { Subject } from '../simulate/subject/subject.ts';
import { type Chance, createChance } from '../simulate/world/chance.ts';
import type { Computer, Environment } from '../simulate/world/simulated-environment.ts';
import type { Judge } from './judge.ts';
import { addToLog, type LoggedState } from './log.ts';
import type { RecordedRequest } from './recorded-request.ts';

/**
 * A reading on the queue: `v` is the author's reading after a round trip through JSON; the other fields
 * identify it.
 */
interface Carried {
  readonly r: number;
  readonly s: number;
  readonly k: string;
  readonly v: unknown;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const COMPUTE_MS_MAX = 150;

export function subjectOf(pipeline: Pipeline, requests: readonly RecordedRequest[], judge: Judge): Subject {
  const byNumber = new Map(requests.map((request) => [request.n, request]));
  return {
    limits: patient(pipeline.limits),
    draw(seed) {
      return { workload: drawWorkload(createChance(seed, 2), requests, pipeline), about: pipeline.name };
    },
    judge: judge.oracle,
    pipelineOn: (own, computer, world) => carry(pipeline, byNumber, own, computer, world),
  };
}

/**
 * The reader keeps the author's limit, but SQS must give up a request only after that and a long outage: a
 * request without an id gets a new one when it is redriven from there (docs/guarantees.md), and that is not
 * compute's fault.
 */
function patient(limits: Limits): Limits {
  return { ...limits, readAttempts: Math.max(limits.readAttempts, defaultLimits.readAttempts) };
}

function carry(
  pipeline: Pipeline,
  requests: ReadonlyMap<number, RecordedRequest>,
  own: Environment,
  computer: Computer,
  world: SampleWorld,
): Pipeline {
  const requestOf = (value: unknown) => {
    const request = requests.get(Number(value));
    if (request === undefined) throw new Error(`no request ${String(value)}`);
    return request;
  };
  return {
    ...pipeline,
    request: {
      '~standard': {
        version: 1,
        vendor: 'weir-pipelines/testing',
        validate: (value) => ({ value: isRecord(value) ? value['n'] : undefined }),
      },
    },
    requestId: pipeline.requestId && ((value) => requestOf(value).foundId),
    async read(value, { signal }) {
      await reachSource(signal, own, world);
      const { refused, readings } = requestOf(value);
      if (refused !== undefined) throw new PermanentError(refused);
      return readings.map(
        ({ n, place, key, text }): Carried => ({ r: n, s: place, k: key, v: JSON.parse(text) }),
      );
    },
    order: carriedOrder(pipeline.order, requestOf),
    initial: (key): LoggedState => ({ log: [], own: pipeline.initial(key) }),
    compute(state, reading, context) {
      // Both are the kit's own objects, as parsed from JSON.
      const [logged, { r, s, v }] = [state as LoggedState, reading as Carried];
      if (world.chance.happens(world.readMsMax > SLOW_SEED_MS ? 0.05 : 0))
        computer.spend(world.chance.between(1, COMPUTE_MS_MAX));
      // A thread gets copies, so its changes to a reading are not visible outside.
      const given = computer === own ? v : structuredClone(v);
      // When states are merged, compute has no time and no wakes, so its context is passed unchanged.
      const isMerging = pipeline.merge !== undefined;
      const next = pipeline.compute(logged.own, given, isMerging ? context : { ...context, ...NO_WAKES });
      // Weir itself refuses these, so it must see them unchanged.
      if (next === undefined || isThenable(next)) return next;
      addToLog(logged.log, r, s, isMerging ? 0 : context.sentAt);
      logged.own = next;
      return logged;
    },
    merge: pipeline.merge && ((a, b) => mergeLogged(pipeline, a as LoggedState, b as LoggedState)),
    wake: undefined,
    write: (outputs) => deliverToSink(outputs, own, world),
  };
}

/** The readings of `b` took effect after those of `a`. */
function mergeLogged(
  { merge }: Pipeline,
  { log, own }: LoggedState,
  { log: more, own: other }: LoggedState,
): unknown {
  const next = merge?.(own, other);
  if (next === undefined || isThenable(next)) return next;
  return { log: [...log, ...more], own: next };
}

/** Wakes are not played: the plain fold, with which readings are compared, has no clock. */
const NO_WAKES = { wake: () => {}, cancelWake: () => {} };

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function carriedOrder(order: Order, requestOf: (value: unknown) => RecordedRequest): Order {
  if (order.by === 'arrival') return { by: 'arrival', key: (reading) => (reading as Carried).k };
  return {
    by: 'request',
    gap: gapOf(order),
    sequence: (value) => requestOf(value).turn?.sequence ?? 0,
    requestKey: (value) => requestOf(value).turn?.key ?? '',
  };
}

/**
 * Places are counted from 1 without gaps (turns.ts), and time-outs are not played: a place that would be
 * passed over gets a tombstone.
 */
export function gapOf(order: Order): 'skip' | 'wait' {
  return order.by === 'arrival' || order.skipAfterMs !== undefined ? 'skip' : order.gap;
}

/**
 * Sources of a seed above this read time (ms) are slow; its computes are slow too, so that a fold commits
 * early.
 */
const SLOW_SEED_MS = 1_000;

function drawWorkload(chance: Chance, requests: readonly RecordedRequest[], pipeline: Pipeline): Workload {
  const { limits } = pipeline;
  const spanMs = chance.happens(0.3) ? chance.spread(HOUR_MS, 8 * HOUR_MS) : chance.spread(1_000, HOUR_MS);
  const idShare = chance.pick([0, 0.4, 1]);
  const repeatShare = chance.pick([0.1, 0.25, 0.8]);
  const repeatMsMax = Math.min(2 * DAY_MS, limits.resubmitWithinMs / 2);
  const plan = ({ n, id: given, foundId, turn }: RecordedRequest): PlannedRequest => {
    // If the pipeline finds an id in the request, an id from the submitter would make it a different request.
    const id = given ?? (foundId === undefined && chance.happens(idShare) ? `request-${n}` : undefined);
    const first = chance.between(0, spanMs);
    // A request without an id that is submitted twice is two requests.
    const repeats = (id ?? foundId) !== undefined && chance.happens(repeatShare) ? chance.whole(1, 2) : 0;
    const again = Array.from({ length: repeats }, () => first + chance.spread(1, Math.max(2, repeatMsMax)));
    const submitAt = [first, ...again];
    return { n, kind: 'plain', id, turn, body: `{"n":${n}}`, submitAt, readings: () => [] };
  };
  return {
    mode: modeOf(pipeline),
    keys: [],
    requests: requests.map(plan),
    spanMs,
    deadly: false,
    attended: false,
    initials: new Map(),
    readMsMax: Math.min(chance.pick([200, 5_000, 20_000]), limits.readTimeoutMs / 2),
  };
}

function modeOf({ order, poison }: Pipeline): Mode {
  return { order: order.by, gap: gapOf(order), poison };
}
