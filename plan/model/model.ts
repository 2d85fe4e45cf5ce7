/** What a run of the model is given, and what comes out of it. */
import type { Random } from '../../functions/ports.ts';
import type { Profile } from '../profile.ts';
import type { MappingFigures } from './mapping.ts';
import type { Measured } from './measured.ts';
import type { Counts, Request, Work } from './world.ts';

export interface Model {
  readonly work: Work;
  readonly profile: Profile;
  readonly random: Random;
  /** In the order of their times. */
  readonly requests: Iterator<Request, void>;
  readonly readers: Concurrency;
  readonly computes: Concurrency;
  readonly shards: number;
  /** The run is given up when it has lasted that long. */
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
  /** Messages that were never committed within the run. */
  readonly unfinished: number;
  readonly durationMs: number;
  readonly reader: MappingFigures;
  readonly compute: MappingFigures;
  readonly counts: Counts;
  /** Processor time of everything together. */
  readonly processorMs: number;
  readonly deepestGroup: number;
  readonly events: number;
}
