/** The shared items of sources and the attempts of requests, in memory. */
import type { AttemptStore } from '../functions/reader/attempts.ts';
import type { SourceStore } from '../functions/reader/gate/gate-ports.ts';
import { NEW_SOURCE, type SharedSource } from '../functions/reader/gate/shared-source.ts';

export interface MemorySources extends SourceStore {
  readonly items: Map<string, SharedSource>;
  /** How often it was written. */
  writes: number;
}

export function createMemorySources(): MemorySources {
  const items = new Map<string, SharedSource>();
  const sources: MemorySources = {
    items,
    writes: 0,
    load: async (source) => items.get(source),
    async swap(source, after) {
      const current = items.get(source) ?? NEW_SOURCE;
      if (current.version !== after.version - 1) return current;
      items.set(source, after);
      sources.writes += 1;
      return 'swapped';
    },
  };
  return sources;
}

export interface MemoryAttempts extends AttemptStore {
  readonly counts: Map<string, number>;
  calls: number;
}

export function createMemoryAttempts(): MemoryAttempts {
  const counts = new Map<string, number>();
  const attempts: MemoryAttempts = {
    counts,
    calls: 0,
    async load(id) {
      attempts.calls += 1;
      return counts.get(id) ?? 0;
    },
    async add(id, by) {
      attempts.calls += 1;
      counts.set(id, (counts.get(id) ?? 0) + by);
      return counts.get(id) ?? 0;
    },
  };
  return attempts;
}
