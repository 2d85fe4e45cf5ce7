/** Whether an environment's cache is still believed. Shared with the plan's model. */

export interface Doubt {
  /** True while too many entries prove stale, which means that keys move between environments. */
  readonly doubtful: boolean;
  /** Records whether an entry proved stale. */
  learn(stale: boolean): void;
}

/**
 * If more than this share of the entries proved stale, the item is read before the fold. A put that fails its condition
 * costs as much as one that succeeds, 5 times a strongly consistent read, and the fold must be repeated.
 */
const STALE_SHARE_MAX = 0.15;
/** Weight of the newest observation in the moving average. */
const NEWEST_WEIGHT = 0.1;

export function createDoubt(): Doubt {
  let staleShare = 0;
  return {
    get doubtful() {
      return staleShare > STALE_SHARE_MAX;
    },
    learn(stale) {
      staleShare += NEWEST_WEIGHT * ((stale ? 1 : 0) - staleShare);
    },
  };
}
