/** What a run at one source is given, and what was seen in it. */
import type { Observe } from '../../functions/ports.ts';
import type { Hedges } from '../../functions/reader/gate/hedges.ts';
import type { SourceLimits } from '../../functions/source.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import type { Chance } from '../world/chance.ts';
import type { CountFault } from './fault-counts.ts';
import type { SourceModel } from './source-model.ts';

export interface SourceRun {
  readonly doneAt: readonly number[];
  /** Ms of each read that came back well. */
  readonly readMs: readonly number[];
  readonly askedAt: readonly number[];
  /** Ms that each of them waited at the gate. */
  readonly waitedMs: readonly number[];
  readonly refusedAt: readonly number[];
  /** When those that were given back come again. */
  readonly backAt: readonly number[];
  /** Receives of all requests. */
  readonly receives: number;
  readonly requests: number;
  /** Reads inside the source, every tenth of a second. */
  readonly inside: readonly number[];
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
  readonly lastsMs: number;
  /** Environments that die, each second. */
  readonly deaths: number;
  /** Environments that stand still for some seconds, each second. */
  readonly stills?: number;
  /** Calls of the table that fail, and the time that others take. */
  readonly tableFails: number;
  /** Ms from the start: the table gives no answer between the two. */
  readonly tableOut?: readonly [from: number, to: number];
  /** Ms from the start: the item is gone. */
  readonly itemLost?: number;
  readonly count: CountFault;
  readonly observe?: Observe;
  /** Slow reads are attempted twice: of all environments by one, which sees what each would see later. */
  readonly hedges?: Hedges;
}
