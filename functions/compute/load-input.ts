/** Loads the input of a fold: the key's parked messages, receipts in its pages, and dead letters that a forget deletes. */
import { DROPPED_PER_COMMIT_MAX, UNPARKED_PER_COMMIT_MAX } from '../limits.ts';
import { refuseUnmergeable } from '../merge.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Random } from '../ports.ts';
import type { KeyItem } from '../state.ts';
import type { StateStore } from '../state-store.ts';
import { type FromQueue, fromTable, type Parked } from './arrival.ts';
import type { CacheEntry } from './cache.ts';
import type { FoldInput } from './fold-input.ts';
import { type Ordering, orderingOf } from './ordering.ts';
import { loadPlaces, loadSeen } from './repeats.ts';

interface InputPorts {
  readonly pipeline: Pipeline;
  readonly store: StateStore;
  readonly random: Random;
}

export async function loadInput(
  key: string,
  entry: CacheEntry | undefined,
  arrivals: readonly FromQueue[],
  attempt: number,
  { pipeline, store, random }: InputPorts,
): Promise<{ readonly input: FoldInput; readonly seen: CacheEntry['seen'] }> {
  const base = entry?.item;
  const ordering = orderingOf(pipeline.order);
  const parked = await loadParked(base, arrivals, ordering, store);
  for (const { message } of parked) refuseUnmergeable(message, pipeline);
  const seen = await loadSeen(entry, [...parked, ...arrivals], store);
  const input: FoldInput = {
    key,
    base,
    lineage: newLineage(random),
    arrivals,
    parked,
    known: {
      receipts: seen?.receipts ?? new Set<string>(),
      places: await loadPlaces(base, arrivals, ordering, attempt > 1, store),
    },
    condemned: new Map<string, string>(),
    ...(isToForget(arrivals) ? { dead: await store.deadCopies(key, DROPPED_PER_COMMIT_MAX) } : {}),
  };
  return { input, seen };
}

function isToForget(arrivals: readonly FromQueue[]): boolean {
  return arrivals.some(({ message }) => message.kind === 'forget');
}

/** The key's first parked messages, if they are due or these arrivals may make them due. */
async function loadParked(
  item: KeyItem | undefined,
  arrivals: readonly FromQueue[],
  ordering: Ordering,
  store: StateStore,
): Promise<Parked[]> {
  if (item === undefined || item.parked === 0) return [];
  if (!ordering.isRunnable(item) && !ordering.mayWake(arrivals, item)) return [];
  const parked = await store.parked(item.key, item.lineage, item.parkedFirst, UNPARKED_PER_COMMIT_MAX);
  return parked.map(fromTable);
}

/** 12 characters that tell an item from a later one that was created anew under the same key. */
function newLineage(random: Random): string {
  return Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join('');
}
