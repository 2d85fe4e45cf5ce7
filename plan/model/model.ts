/** The input and the outcome of a run of the model. */
import type { Random } from '../../functions/ports.ts';
import type { Profile } from '../profile.ts';
import type { MappingFigures } from './mapping.ts';
import type { Measured } from './measured.ts';
import type { Counts, Request, Work } from './world.ts';

export interface Model {
  readonly work: Work;
  readonly profile: Profile;
  readonly random: Random;
  /** Requests in order of time. */
  readonly requests: Iterator<Request, void>;
  readonly readers: Concurrency;
  readonly computes: Concurrency;
  readonly shards: number;
  /** The run ends at this time, even if it is not finished. */
  readonly endAtMs: number;
}

export interface Concurrency {
  readonly start: number;
  readonly max: number;
  readonly growthPerSecond: number;
  readonly warm: number;
}

export interface Outcome {
  readonly measured: Measured;
  readonly requests: number;
  readonly messages: number;
  /** Messages that were not committed when the run ended. */
  readonly unfinished: number;
  readonly durationMs: number;
  readonly reader: MappingFigures;
  readonly compute: MappingFigures;
  readonly counts: Counts;
  /** Total processor time. */
  readonly processorMs: number;
  readonly deepestGroup: number;
  readonly events: number;
}
