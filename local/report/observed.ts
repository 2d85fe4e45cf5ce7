/** What was seen of a run: each piece of work by who did it, and what was given up. */
import type { Observation } from '../../functions/ports.ts';

/** An observation, and the number of the environment (one worker, one invocation at a time) that made it. */
export type RunObservation = Observation & { readonly environment: number };

/** One that took time, and so can be drawn. */
export type TimedObservation = Exclude<RunObservation, { kind: 'failure' | 'source' | 'shadow' }>;

const UNTIMED: ReadonlySet<RunObservation['kind']> = new Set(['failure', 'source', 'shadow']);

export function isTimed(observation: RunObservation): observation is TimedObservation {
  return !UNTIMED.has(observation.kind);
}

export interface DeadLetter {
  /** read, compute, decode, write: where it was given up. */
  readonly stage: string;
  readonly reason: string;
  readonly attempts: number;
  readonly request?: string;
  readonly key?: string;
  /** How many readings the message holds, when it is one of the readings queue; 1 when not given. */
  readonly readings?: number;
  /** It is a wake, which nobody read. */
  readonly wake?: true;
}
