/**
 * The order of simulated time: what is to happen at what time, and the clock that goes from one to the next. Events
 * at the same time happen in the order in which they were set, so that a run is the same every time.
 */
import { createHeap, type Positioned } from '../../model/heap.ts';

export interface Events {
  /** Milliseconds since the beginning. */
  readonly now: number;
  /** How many happened so far. */
  readonly count: number;
  at(timeMs: number, happen: () => void): void;
  after(delayMs: number, happen: () => void): void;
  /** Lets the next one happen; false when there is none by then. */
  step(untilMs: number): boolean;
}

interface Event extends Positioned {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

export function createEvents(): Events {
  const heap = createHeap<Event>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  let now = 0;
  let order = 0;
  let count = 0;
  const at = (timeMs: number, happen: () => void) => {
    order += 1;
    heap.push({ at: Math.max(now, timeMs), order, happen, position: -1 });
  };
  return {
    get now() {
      return now;
    },
    get count() {
      return count;
    },
    at,
    after: (delayMs, happen) => at(now + delayMs, happen),
    step(untilMs) {
      const next = heap.peek();
      if (next === undefined || next.at > untilMs) return false;
      heap.pop();
      now = next.at;
      count += 1;
      next.happen();
      return true;
    },
  };
}
