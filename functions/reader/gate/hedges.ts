/** Decides when a read of a source is slow enough for a second attempt, and limits these to 2 % of the reads. */

export interface Hedges {
  /** Time after which a read counts as slow, ms; undefined if too few reads were seen. */
  afterMs(source: string): number | undefined;
  /** Call this when a read begins. */
  begun(source: string): void;
  /** Call this when a read has succeeded. */
  took(source: string, ms: number): void;
  /** Returns whether one more second attempt may begin, and counts it if so. */
  take(source: string): boolean;
}

/** The share of reads that count as slow, and of reads that may get a second attempt. */
const PART = 0.02;
const SAVED_MAX = 5;
const SEEN_MIN = 50;
const SEEN_MAX = 500;
const SOURCES_MAX = 1_000;

interface Seen {
  /** Times of the last reads, in ms. */
  readonly times: number[];
  place: number;
  saved: number;
}

export function createHedges(): Hedges {
  const sources = new Map<string, Seen>();
  const of = (source: string): Seen => {
    const known = sources.get(source);
    if (known !== undefined) return known;
    if (sources.size >= SOURCES_MAX) sources.clear();
    const seen: Seen = { times: [], place: 0, saved: 0 };
    sources.set(source, seen);
    return seen;
  };
  return {
    afterMs(source) {
      const { times } = of(source);
      if (times.length < SEEN_MIN) return undefined;
      const sorted = times.toSorted((a, b) => a - b);
      return sorted[Math.floor(sorted.length * (1 - PART))];
    },
    begun(source) {
      const seen = of(source);
      seen.saved = Math.min(SAVED_MAX, seen.saved + PART);
    },
    took(source, ms) {
      const seen = of(source);
      seen.times[seen.place] = ms;
      seen.place = (seen.place + 1) % SEEN_MAX;
    },
    take(source) {
      const seen = of(source);
      if (seen.saved < 1) return false;
      seen.saved -= 1;
      return true;
    },
  };
}
