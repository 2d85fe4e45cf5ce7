/** The reads that wait at the gate of a source, oldest first, until they may enter or have waited long enough. */
import type { Clock } from '../../ports.ts';
import type { Turn } from './shared-source.ts';

export interface Waiter {
  /** `letIn` is the time of the decision (epoch ms). */
  readonly begin: (turn: Turn, letIn: number) => void;
  readonly leave: (until: number) => void;
}

export interface Line {
  /** Number of reads without a turn. */
  readonly waiting: number;
  /** Number of reads whose turn is in the future. */
  readonly due: number;
  /** The longest time that a waiting read will still wait, ms. */
  readonly patienceMs: number;
  join(waiter: Waiter, patienceMs: number): void;
  /** Gives the oldest waiting read a turn that is not over. Returns false if no read waits. */
  letIn(turn: Turn, letIn: number): boolean;
  /** Cancels turns in the future that begin before this time (epoch ms): those reads wait again. Returns their number. */
  callBack(before: number): number;
  /** Removes and returns the youngest `count` of the oldest `asked` waiting reads. */
  takeOut(asked: number, count: number): readonly Waiter[];
}

interface Place {
  readonly waiter: Waiter;
  readonly patientUntil: number;
  /** Ends the read's patience, or its wait for its turn. */
  over: AbortController;
}

/** A timer that is later than this shows that the environment was frozen, and others may have its slots. */
const LATE_MS = 250;

interface Heard {
  /** Called with each read whose patience has ended. */
  readonly impatient: (waiter: Waiter) => void;
  /** Called when the turn of a read was over before the read could begin. The read then waits again. */
  readonly missed: () => void;
}

export function createLine(clock: Clock, { impatient, missed }: Heard): Line {
  let places: Place[] = [];
  /** With the times at which their turns begin. */
  const due = new Map<Place, number>();

  function beginPatience(place: Place): void {
    after(clock, place.patientUntil - clock.now(), place, () => {
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
    letIn(turn, letIn) {
      const { from, until } = turn;
      const place = places.shift();
      if (place === undefined) return false;
      const waitMs = from - clock.now();
      if (waitMs <= 0) {
        place.over.abort('over');
        place.waiter.begin(turn, letIn);
        return true;
      }
      due.set(place, from);
      after(clock, waitMs, place, () => {
        due.delete(place);
        if (clock.now() <= Math.min(until, from + LATE_MS)) {
          place.waiter.begin(turn, letIn);
          return;
        }
        places.unshift(place);
        beginPatience(place);
        missed();
      });
      return true;
    },
    callBack(before) {
      const called = [...due].flatMap(([place, from]) => (from < before ? [place] : []));
      for (const place of called) due.delete(place);
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

/** Calls `then` after this time, unless another timer has replaced this one or the place was left. */
function after(clock: Clock, ms: number, place: Place, then: () => void): void {
  const over = new AbortController();
  place.over.abort('over');
  place.over = over;
  void clock.sleep(Math.max(0, ms), over.signal).then(() => {
    if (!over.signal.aborted) then();
  });
}
