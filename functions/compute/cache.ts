/**
 * The warm cache: the items that an environment last committed, so that the next batch of a key needs no read. An entry may
 * be stale, so nothing relies on it: the condition of the put decides. Entries are replaced, not changed, and only after a
 * successful put. The least recently used keys leave first.
 */
import type { KeyItem } from '../state.ts';

/** Receipts of pages that were looked up: all of pages 1 to `pages` that hold anything sent since `since`. */
export interface SeenReceipts {
  readonly since: number;
  readonly pages: number;
  readonly receipts: Set<string>;
}

export interface CacheEntry {
  readonly item: KeyItem;
  readonly seen: SeenReceipts | undefined;
}

/**
 * Above this share of stale entries a read comes before the fold. A put that fails its condition is billed like one
 * that succeeds, 5 times the price of a strongly consistent read; the fold is made again, too.
 */
const STALE_SHARE_MAX = 0.15;
/** Weight of the newest finding in the moving average. */
const NEWEST_WEIGHT = 0.1;

export interface StateCache {
  /** True while entries have turned out stale too often: keys move between environments. */
  readonly doubtful: boolean;
  /** Tells whether an entry turned out to be stale. */
  learn(stale: boolean): void;
  get(key: string): CacheEntry | undefined;
  set(key: string, entry: CacheEntry): void;
  delete(key: string): void;
}

export function createStateCache(bytesMax: number): StateCache {
  // A Map keeps its order of insertion, so the first entry is always the one unused for longest.
  const entries = new Map<string, { entry: CacheEntry; bytes: number }>();
  let bytesTotal = 0;
  let staleShare = 0;

  function remove(key: string): void {
    const held = entries.get(key);
    if (held === undefined) return;
    bytesTotal -= held.bytes;
    entries.delete(key);
  }

  return {
    get doubtful() {
      return staleShare > STALE_SHARE_MAX;
    },
    learn(stale) {
      staleShare += NEWEST_WEIGHT * ((stale ? 1 : 0) - staleShare);
    },
    get(key) {
      const held = entries.get(key);
      if (held === undefined) return undefined;
      entries.delete(key);
      entries.set(key, held);
      return held.entry;
    },
    set(key, entry) {
      remove(key);
      const bytes = weigh(entry);
      if (bytes > bytesMax) return;
      entries.set(key, { entry, bytes });
      bytesTotal += bytes;
      for (const oldest of entries.keys()) {
        if (bytesTotal <= bytesMax) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}

const ENTRY_BYTES = 1_000;
/** A receipt, or the string around an output. */
const SMALL_BYTES = 64;

/** Roughly what an entry holds in memory. */
function weigh({ item, seen }: CacheEntry): number {
  const texts = item.outputs.reduce(
    (sum, output) => sum + output.length,
    (item.state?.length ?? 0) + item.key.length,
  );
  const small = item.receipts.length + item.outputs.length + (seen?.receipts.size ?? 0);
  return ENTRY_BYTES + 2 * texts + SMALL_BYTES * small;
}
