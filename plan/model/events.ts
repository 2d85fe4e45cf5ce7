/**
 * The events of the simulation, and its clock, which goes from one event to the next. Events at the same time happen in the
 * order in which they were added, so that every run is the same.
 */
import { createHeap, type Positioned } from '../../model/heap.ts';

export interface Events {
  /** Milliseconds since the start. */
  readonly now: number;
  /** Number of events that have happened. */
  readonly count: number;
  at(timeMs: number, happen: () => void): void;
  after(delayMs: number, happen: () => void): void;
  /** Runs the next event. Returns false if there is none up to `untilMs`. */
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
