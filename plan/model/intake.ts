import type { Request } from './world.ts';

/** The requests queue in the model: first in, first out. */
export function createIntake() {
  let waiting: Request[] = [];
  let first = 0;
  return {
    add(request: Request) {
      waiting.push(request);
    },
    take(max: number): Request[] {
      const batch = waiting.slice(first, first + max);
      first += batch.length;
      if (first > 10_000 && first > waiting.length / 2) {
        waiting = waiting.slice(first);
        first = 0;
      }
      return batch;
    },
  };
}
