/** The reads that wait at the gate of a source, oldest first, until they may enter or have waited long enough. */
import type { Clock } from '../../ports.ts';

export interface Waiter {
  /** `letIn` (epoch ms): when this was decided. */
  readonly begin: (letIn: number) => void;
  readonly leave: (until: number) => void;
}

export interface Line {
  /** Reads without a moment at which they begin. */
  readonly waiting: number;
  /** Reads that begin at a moment to come. */
  readonly due: number;
  /** How long the most patient of those that wait stays yet, ms. */
  readonly patienceMs: number;
  join(waiter: Waiter, patienceMs: number): void;
  /** The oldest begins at `start`. False: nobody waits. */
  letIn(start: number, letIn: number): boolean;
  /** The moments that were given out are no good any more. Returns how many there were. */
  callBack(): number;
  /** The youngest `count` of the oldest `asked`: they wait no more. */
  takeOut(asked: number, count: number): readonly Waiter[];
}

interface Place {
  readonly waiter: Waiter;
  readonly patientUntil: number;
  /** Ends its patience, or its wait for the moment at which it begins. */
  over: AbortController;
}

/** `impatient` hears of each that has waited for long enough. */
export function createLine(clock: Clock, impatient: (waiter: Waiter) => void): Line {
  let places: Place[] = [];
  const due = new Set<Place>();

  /** Once that time has passed, unless something else became of the place. */
  function after(ms: number, place: Place, then: () => void): void {
    const over = new AbortController();
    place.over.abort('over');
    place.over = over;
    void clock.sleep(Math.max(0, ms), over.signal).then(() => {
      if (!over.signal.aborted) then();
    });
  }

  function beginPatience(place: Place): void {
    after(place.patientUntil - clock.now(), place, () => {
      places = places.filter((other) => other !== place);
      impatient(place.waiter);
    });
  }

  return {
    get waiting() {
      return places.length;
    },
    get due() {
      return due.size;
    },
    get patienceMs() {
      return Math.max(0, ...places.map(({ patientUntil }) => patientUntil - clock.now()));
    },
    join(waiter, patienceMs) {
      const place = { waiter, patientUntil: clock.now() + patienceMs, over: new AbortController() };
      places.push(place);
      beginPatience(place);
    },
    letIn(start, letIn) {
      const place = places.shift();
      if (place === undefined) return false;
      const waitMs = start - clock.now();
      if (waitMs <= 0) {
        place.over.abort('over');
        place.waiter.begin(letIn);
        return true;
      }
      due.add(place);
      after(waitMs, place, () => {
        due.delete(place);
        place.waiter.begin(letIn);
      });
      return true;
    },
    callBack() {
      const called = [...due];
      due.clear();
      places = [...called, ...places];
      called.forEach(beginPatience);
      return called.length;
    },
    takeOut(asked, count) {
      const out = places.splice(Math.max(0, asked - count), count);
      for (const { over } of out) over.abort('over');
      return out.map(({ waiter }) => waiter);
    },
  };
}
