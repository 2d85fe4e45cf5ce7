/**
 * Plays the life of one key in a test: readings, time, a forget. The kit has its own clock and sends the
 * messages of schedules. The effects are those of a deployment, because it uses the same fold.
 */

import { forgetMessage } from '../functions/commands.ts';
import { type Duration, parseDuration } from '../functions/duration.ts';
import { packReadings } from '../functions/pack.ts';
import type { Pipeline, TypedPipeline } from '../functions/pipeline.ts';
import { currentStateOf } from '../functions/state-versions.ts';
import { type Life, passUntil, resetTo, take } from './life.ts';
import { checkPipeline, refuse } from './options.ts';

export interface KeyLife<Reading> {
  /** In the pipeline's current version. Undefined before the first reading and after a forget. */
  readonly state: unknown;
  /** All outputs so far, in order. */
  readonly outputs: readonly unknown[];
  /** With `poison: 'allowed'`: the reasons of everything set aside, in order. */
  readonly setAside: readonly string[];
  /** The wakes that the key waits for: the time (epoch ms) by tag. */
  readonly wakes: ReadonlyMap<string, number>;
  /** The kit's clock, epoch ms. */
  readonly now: number;
  /** A request delivers these readings to the key. */
  read(...readings: readonly Reading[]): void;
  /** Advances the clock; wakes that become due are delivered. */
  pass(time: Duration): void;
  forget(): void;
  /** Sets the state, in the pipeline's current version. */
  reset(state: unknown): void;
}

export interface LifeOptions {
  /** Start of the clock, epoch ms. Default: 2026-01-01. */
  readonly start?: number;
  /** Delay of each wake after its time. Default: none. */
  readonly wakesLateBy?: Duration;
  /** The state that an older build left. */
  readonly from?: { readonly state: unknown; readonly stateVersion: number };
  /** The test expects readings or wakes on which the pipeline throws. */
  readonly poison?: 'allowed';
}

/**
 * Throws if the pipeline throws, or if a message that is computed twice on one state gives different results.
 * Each schedule sends its wake twice, even if it was cancelled or forgotten.
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
        if (other !== key) refuse(`a reading has key "${other}", but this test plays key "${key}"`);
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

/** In request order a request has a key, and the test says which one. */
function keyIn({ order }: Pipeline, key: string): (reading: unknown) => string {
  return order.by === 'arrival' ? order.key : () => key;
}

function msOf(time: Duration, what: string): number {
  const { ms } =
    parseDuration(time) ??
    refuse(`${what} is ${JSON.stringify(time)}: give '90 minutes', '1 hour' or '2 days'`);
  return ms;
}
