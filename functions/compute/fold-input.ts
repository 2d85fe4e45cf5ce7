/** What a fold starts from. */
import type { DeadCopies, KeyItem } from '../state.ts';
import type { FromQueue, Parked } from './arrival.ts';
import type { Known } from './proof.ts';

/** May be sent to another process. */
export interface FoldInput {
  readonly key: string;
  readonly base: KeyItem | undefined;
  /** Lineage of the item if it has to be begun. */
  readonly lineage: string;
  readonly arrivals: readonly FromQueue[];
  /** The first of the key's parked messages, in order; empty when none may be taken up. */
  readonly parked: readonly Parked[];
  readonly known: Known;
  /**
   * Readings that are not computed, as `receipt:index`, with the reason: an earlier attempt at them ended its process.
   * `initial:0` stands for the call of initial, `migrate:0` for that of migrate.
   */
  readonly condemned: ReadonlyMap<string, string>;
  /** Where the key is to be forgotten: the first copies of its dead letters. */
  readonly dead?: DeadCopies;
  /** The fold ends after so many readings. */
  readonly readingsMax?: number;
}

/**
 * Called with the reading that is about to be computed (or `initial`, 0; or `migrate`, 0), so that this is known if the
 * process ends.
 */
export type Before = (receipt: string, index: number) => void;
