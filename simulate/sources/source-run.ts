/** The input and the results of a run at one source. */
import type { Observe } from '../../functions/ports.ts';
import type { Hedges } from '../../functions/reader/gate/hedges.ts';
import type { SourceLimits } from '../../functions/source.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Chance } from '../world/chance.ts';
import type { CountFault } from './fault-counts.ts';
import type { SourceModel } from './source-model.ts';

export interface SourceRun {
  readonly doneAt: readonly number[];
  /** Duration of each successful read, in ms. */
  readonly readMs: readonly number[];
  readonly askedAt: readonly number[];
  /** Time that each of these reads waited at the gate, in ms. */
  readonly waitedMs: readonly number[];
  readonly refusedAt: readonly number[];
  /** Times at which requests that were given back return. */
  readonly backAt: readonly number[];
  /** Receives of all requests. */
  readonly receives: number;
  readonly requests: number;
  /** Reads inside the source, sampled every tenth of a second. */
  readonly inside: readonly number[];
  /** Of the backfill lane alone: starts of its reads, and its reads inside the source at each sample. */
  readonly backfillAt: readonly number[];
  readonly backfillInside: readonly number[];
  readonly writes: number;
  readonly deaths: number;
}

export interface SourceWorld {
  readonly clock: VirtualClock;
  readonly chance: Chance;
  readonly source: SourceModel;
  readonly limits: SourceLimits;
  readonly environments: number;
  readonly requests: number;
  /** Requests come evenly over this time instead of all at the start. */
  readonly comeOverMs?: number;
  /** A second lane, with as many environments. */
  readonly backfill?: { readonly requests: number; readonly share: number };
  readonly lastsMs: number;
  /** Environments that die per second. */
  readonly deaths: number;
  /** Environments that stall for some seconds, per second. */
  readonly stills?: number;
  /** Moments per second without a processor for an environment: its timers fire late, and then together. */
  readonly hitches?: number;
  /** Share of the table's calls that fail, and that take longer. */
  readonly tableFails: number;
  /** Ms from the start between which the table does not answer. */
  readonly tableOut?: readonly [from: number, to: number];
  /** Ms from the start at which the item is lost. */
  readonly itemLost?: number;
  readonly count: CountFault;
  readonly observe?: Observe;
  /**
   * Slow reads get a second attempt. All environments share one instance, which learns sooner than separate
   * ones would.
   */
  readonly hedges?: Hedges;
}
