/** The input of a fold. */

import type { KeyItem } from '../state.ts';
import type { DeadCopies } from '../state-store.ts';
import type { FromQueue, Parked } from './arrival.ts';
import type { Known } from './proof.ts';

/** Plain data, so it can be sent to another process. */
export interface FoldInput {
  readonly key: string;
  readonly base: KeyItem | undefined;
  /** The lineage of the item if this commit creates it. */
  readonly lineage: string;
  readonly arrivals: readonly FromQueue[];
  /** The first of the key's parked messages, in order; empty when none may be taken up. */
  readonly parked: readonly Parked[];
  readonly known: Known;
  /**
   * Readings that must not be computed, as `receipt:index`, with the reason: an earlier attempt ended its process.
   * `initial:0` is the call of initial, `migrate:0` the call of migrate.
   */
  readonly condemned: ReadonlyMap<string, string>;
  /** The first copies of the key's dead letters. Set if a forget has arrived. */
  readonly dead?: DeadCopies;
  /** The fold ends after this number of readings. */
  readonly readingsMax?: number;
}

/** Called before each reading is computed (or `initial`, 0; or `migrate`, 0), so that it is known if the process ends. */
export type Before = (receipt: string, index: number) => void;
