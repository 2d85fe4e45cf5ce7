/** The interface of the gate: its errors, its passes and its ports. */
import type { Lane } from '../../backfill.ts';
import { GiveBackError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Clock, Observe, Random } from '../../ports.ts';
import type { SourceLimits } from '../../source.ts';
import type { Refusal } from './refusal.ts';
import type { SharedSource } from './shared-source.ts';

/** The request goes back to the queue until `until` (epoch ms). This does not count as an attempt. */
export class NotYetError extends GiveBackError {
  readonly until: number;

  constructor(until: number, message: string) {
    super(message);
    this.until = until;
  }
}

export interface SourceStore {
  load(source: string): Promise<SharedSource | undefined>;
  /** Writes the item if the stored one still has the version before it; otherwise returns the stored one. */
  swap(source: string, after: SharedSource, now: number): Promise<SharedSource | 'swapped'>;
}

/** How a read ended. */
export type Ending = 'done' | 'failed' | 'timed out';

/** A read that has entered. Call one of the two functions, once. */
export interface Pass {
  /** Epoch ms after which the read may not begin any more: it ends this pass and enters again. */
  readonly until: number;
  end(ending: Ending): void;
  /**
   * Call this if the source refused the read. Resolves with the time at which the request may be read again (epoch ms), and
   * whether other reads were refused too.
   */
  refuse(refusal: Refusal): Promise<{ readonly until: number; readonly othersToo: boolean }>;
}

export interface GateLane {
  readonly name: Lane;
  readonly share: number;
}

export interface GatePorts {
  /** The name of this environment, unique in the stack. */
  readonly name: string;
  readonly store: SourceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  readonly source: SourceLimits;
  /** Set if the pipeline has a backfill lane: the lane of these reads, and the share of the backfill. */
  readonly lane?: GateLane;
  readonly limits: Pick<Limits, 'readersMax'>;
}
