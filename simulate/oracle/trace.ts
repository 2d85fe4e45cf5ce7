/**
 * The events of a run, in order. The hash is always kept: two runs of one seed must have the same hash. The
 * events themselves are kept only on request, when a failing seed runs again to be explained.
 */
export interface TraceEvent {
  readonly at: number;
  readonly text: string;
}

export interface Trace {
  add(text: string): void;
  readonly hash: string;
  readonly events: readonly TraceEvent[];
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export function createTrace(now: () => number, keep: boolean): Trace {
  const events: TraceEvent[] = [];
  let low = FNV_OFFSET;
  let high = FNV_OFFSET ^ 0x5bd1e995;

  return {
    add(text) {
      const at = now();
      low = Math.imul(low ^ Math.floor(at), FNV_PRIME);
      for (let index = 0; index < text.length; index += 1) {
        const code = text.charCodeAt(index);
        low = Math.imul(low ^ code, FNV_PRIME);
        high = Math.imul(high + code, 0x85ebca6b) ^ (high >>> 13);
      }
      if (keep) events.push({ at, text });
    },
    get hash() {
      return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
    },
    events,
  };
}
