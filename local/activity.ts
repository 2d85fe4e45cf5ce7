/** What goes on in a stack: how many calls and invocations there were, and who is told of writes. */
import type { StreamMapping } from './mappings/stream-mapping.ts';

export interface Activity {
  /** Goes up with every call and every invocation. */
  count(): number;
  add(): void;
  /** Something was written to a table: those who read its stream look at once. */
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
