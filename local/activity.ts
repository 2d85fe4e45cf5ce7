/** Counts the calls and invocations of a stack, and tells the stream mappings about writes. */
import type { StreamMapping } from './mappings/stream-mapping.ts';

export interface Activity {
  /** Number of calls and invocations so far. */
  count(): number;
  add(): void;
  /** A table was written: its stream mappings look at once. */
  written(): void;
  tellOfWrites(streams: readonly StreamMapping[]): void;
}

export function createActivity(): Activity {
  let count = 0;
  let told: readonly StreamMapping[] = [];
  return {
    count: () => count,
    add() {
      count += 1;
    },
    written() {
      for (const stream of told) stream.ring();
    },
    tellOfWrites(streams) {
      told = streams;
    },
  };
}
