/** The interface of the gate: its errors, its passes and its ports. */
import { GiveBackError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Clock, Observe, Random } from '../../ports.ts';
import type { SourceLimits } from '../../source.ts';
import type { Refusal } from './refusal.ts';
import type { SharedSource } from './shared-source.ts';

/** The request is given back until that time (epoch ms), and this is no attempt at it. */
export class NotYetError extends GiveBackError {
  readonly until: number;

  constructor(until: number, message: string) {
    super(message);
    this.until = until;
  }
}

export interface SourceStore {
  load(source: string): Promise<SharedSource | undefined>;
  /** Writes it if it is still of the version before; else gives back what is there. */
  swap(source: string, after: SharedSource, now: number): Promise<SharedSource | 'swapped'>;
}

/** How a read ended. */
export type Ending = 'done' | 'failed' | 'timed out';

/** A read that has entered. One of the two is called, once. */
export interface Pass {
  end(ending: Ending): void;
  /** The source refused. Resolves with when its request may be read again, and whether others were refused as well. */
  refuse(refusal: Refusal): Promise<{ readonly until: number; readonly othersToo: boolean }>;
}

export interface GatePorts {
  /** Of this environment, among all of the stack. */
  readonly name: string;
  readonly store: SourceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  readonly source: SourceLimits;
  readonly limits: Pick<Limits, 'readersMax'>;
}
