/**
 * Return times that were booked ahead. A read that comes while others go back to the queue takes one, without a write.
 */
import type { Settled } from './shared-source.ts';

export interface Places {
  /** Number of places to book next time. */
  readonly wanted: number;
  /** Takes the next place (epoch ms); undefined if there is none, or if the read may be able to enter before. */
  take(now: number): number | undefined;
  /** The first `used` places of the booking belong to reads that go back with it. */
  book(back: Settled['back'], used: number): void;
}

const PLACES_MAX = 100;

export function createPlaces(): Places {
  let wanted = 0;
  let next = 0;
  let gapMs = 0;
  let left = 0;
  let until = 0;
  return {
    get wanted() {
      return wanted;
    },
    take(now) {
      if (left === 0 || now >= until) return undefined;
      const place = next;
      next += gapMs;
      left -= 1;
      return place;
    },
    book(back, used) {
      // Unused places are lost to all environments, so more are booked only if all were used.
      wanted = left > 0 ? 0 : Math.min(PLACES_MAX, Math.max(1, wanted * 2));
      ({ gapMs, spare: left, until } = back);
      next = back.from + used * gapMs;
    },
  };
}
