/**
 * Times to come back that were reserved ahead: a read that comes while others are given back needs no write of its own.
 */
import type { Settled } from './shared-source.ts';

export interface Places {
  /** So many are wanted with the next booking. */
  readonly wanted: number;
  /** Epoch ms of the next one; undefined: there is none, or it may be read before. */
  take(now: number): number | undefined;
  /** `used` places of the booking are those of reads that were given back with it. */
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
      // Places that were not used are lost to all: there are more only as long as all are used.
      wanted = left > 0 ? 0 : Math.min(PLACES_MAX, Math.max(1, wanted * 2));
      ({ gapMs, spare: left, until } = back);
      next = back.from + used * gapMs;
    },
  };
}
