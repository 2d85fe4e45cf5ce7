/**
 * What was observed of a run: each piece of work, with the environment that did it, and what was given up.
 */
import type { Observation } from '../../functions/ports.ts';

/** An observation, and the number of the environment (one worker, one invocation at a time) that made it. */
export type RunObservation = Observation & { readonly environment: number };

/** An observation with a duration, which can be drawn. */
export type TimedObservation = Exclude<RunObservation, { kind: 'failure' | 'source' | 'shadow' }>;

const UNTIMED: ReadonlySet<RunObservation['kind']> = new Set(['failure', 'source', 'shadow']);

export function isTimed(observation: RunObservation): observation is TimedObservation {
  return !UNTIMED.has(observation.kind);
}

export interface DeadLetter {
  /** The stage that gave it up: read, compute, decode or write. */
  readonly stage: string;
  readonly reason: string;
  readonly attempts: number;
  readonly request?: string;
  readonly key?: string;
  /** Number of readings in the message, if it comes from the readings queue; 1 when absent. */
  readonly readings?: number;
  /** True for a wake: no read produced it. */
  readonly wake?: true;
}
