/**
 * The warm cache: the items that an environment last committed, so that the next batch of a key needs no read. An entry may
 * be stale, so nothing relies on it: the condition of the put decides. Entries are replaced, not changed, and only after a
 * successful put. The least recently used keys leave first.
 */
import type { KeyItem } from '../state.ts';
import { createDoubt, type Doubt } from './doubt.ts';

/** Receipts that were read from pages: from each page, 1 to `pages`, that has receipts of messages sent since `since`. */
export interface SeenReceipts {
  readonly since: number;
  readonly pages: number;
  readonly receipts: Set<string>;
}

export interface CacheEntry {
  readonly item: KeyItem;
  readonly seen: SeenReceipts | undefined;
}

export interface StateCache extends Doubt {
  get(key: string): CacheEntry | undefined;
  set(key: string, entry: CacheEntry): void;
  delete(key: string): void;
}

export function createStateCache(bytesMax: number): StateCache {
  // A Map keeps its insertion order, and `get` inserts again, so the first entry is the least recently used.
  const entries = new Map<string, { entry: CacheEntry; bytes: number }>();
  const doubt = createDoubt();
  let bytesTotal = 0;

  function remove(key: string): void {
    const held = entries.get(key);
    if (held === undefined) return;
    bytesTotal -= held.bytes;
    entries.delete(key);
  }

  return {
    get doubtful() {
      return doubt.doubtful;
    },
    learn: doubt.learn,
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

/** An estimate of the memory that an entry takes, in bytes. */
function weigh({ item, seen }: CacheEntry): number {
  const texts = item.outputs.reduce(
    (sum, output) => sum + output.length,
    (item.state?.length ?? 0) + item.key.length,
  );
  const small = item.receipts.length + item.outputs.length + (seen?.receipts.size ?? 0);
  return ENTRY_BYTES + 2 * texts + SMALL_BYTES * small;
}
