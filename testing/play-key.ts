/**
 * The life of one key, told by a test: readings, time, a forget. The kit moves a clock of its own and sends what schedules
 * send. What takes effect is what takes effect in a deployment: it is the same fold.
 */
import { type Duration, parseDuration } from '../functions/duration.ts';
import { packReadings } from '../functions/pack.ts';
import type { Pipeline, TypedPipeline } from '../functions/pipeline.ts';
import { forgetMessage } from '../functions/readings.ts';
import { currentStateOf } from '../functions/state-versions.ts';
import { type Life, passUntil, resetTo, take } from './life.ts';
import { checkPipeline, refuse } from './options.ts';

export interface KeyLife<Reading> {
  /** Of the pipeline's own version. Undefined before the first reading, and after a forget. */
  readonly state: unknown;
  /** All so far, in order. */
  readonly outputs: readonly unknown[];
  /** With `poison: 'allowed'`: the reasons of what was set aside, in order. */
  readonly setAside: readonly string[];
  /** The wakes that the key waits for: the time (epoch ms) by the tag. */
  readonly wakes: ReadonlyMap<string, number>;
  /** The kit's clock, epoch ms. */
  readonly now: number;
  /** A request of the key comes with these readings. */
  read(...readings: readonly Reading[]): void;
  /** Time passes, and the wakes that are due come. */
  pass(time: Duration): void;
  forget(): void;
  /** To a state of the pipeline's own version. */
  reset(state: unknown): void;
}

export interface LifeOptions {
  /** When it begins, epoch ms; 2026-01-01 if nothing is said. */
  readonly start?: number;
  /** Wakes come so long after their time; exactly at it, if nothing is said. */
  readonly wakesLateBy?: Duration;
  /** The state that an older build has left. */
  readonly from?: { readonly state: unknown; readonly stateVersion: number };
  /** The test expects readings, or wakes, over which the pipeline throws. */
  readonly poison?: 'allowed';
}

/**
 * Throws when the pipeline throws, and when a message that is computed twice on one state gives two results. Each schedule
 * sends its wake twice, also one that was cancelled or forgotten.
 */
export function playKey<Request, Reading, State, Output>(
  pipeline: TypedPipeline<Request, Reading, State, Output>,
  key: string,
  options: LifeOptions = {},
): KeyLife<Reading> {
  const life = begin(pipeline, key, options);
  const keyOf = keyIn(pipeline, key);
  return {
    get state() {
      return life.item && currentStateOf(life.item, pipeline.state);
    },
    get outputs() {
      return [...life.outputs];
    },
    get setAside() {
      return [...life.setAside];
    },
    get wakes() {
      return new Map(life.item?.wakes?.map(({ tag, at }) => [tag, at]));
    },
    get now() {
      return life.now;
    },
    read(...readings) {
      const origin = { id: `request-${life.messages + 1}`, since: life.now };
      for (const [other, messages] of packReadings(origin, readings, keyOf)) {
        if (other !== key)
          refuse(`a reading belongs to key "${other}", and this is the life of key "${key}"`);
        for (const message of messages) take(life, message);
      }
    },
    pass: (time) => passUntil(life, life.now + msOf(time, 'the time that passes')),
    forget: () => take(life, forgetMessage(key, 'a test', `forget-${life.messages}`)),
    reset: (state) => resetTo(life, state),
  };
}

const START = Date.UTC(2026, 0, 1);

function begin(pipeline: Pipeline, key: string, options: LifeOptions): Life {
  checkPipeline(pipeline);
  const { start = START, wakesLateBy, from, poison } = options;
  const life: Life = {
    ...{ key, poison, now: start, item: undefined, messages: 0, outputs: [], setAside: [], schedules: [] },
    pipeline: { ...pipeline, poison: 'quarantine', order: { by: 'arrival', key: () => key } },
    lateMs: wakesLateBy === undefined ? 0 : msOf(wakesLateBy, 'wakesLateBy'),
  };
  if (from === undefined) return life;
  const { version } = pipeline.state;
  const { state, stateVersion } = from;
  if (!Number.isSafeInteger(stateVersion) || stateVersion < 1 || stateVersion > version)
    refuse(`from.stateVersion is ${stateVersion}: give a whole number from 1 to ${version}`);
  resetTo(life, state, { ...life.pipeline, state: { version: stateVersion, migrate: {} } });
  return life;
}

/** In request order a key belongs to a request, and the test says which one this is. */
function keyIn({ order }: Pipeline, key: string): (reading: unknown) => string {
  return order.by === 'arrival' ? order.key : () => key;
}

function msOf(time: Duration, what: string): number {
  const { ms } =
    parseDuration(time) ??
    refuse(`${what} is ${JSON.stringify(time)}: give '90 minutes', '1 hour' or '2 days'`);
  return ms;
}
