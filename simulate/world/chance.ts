/** What a seed decides with: every choice of a run comes from here, so the seed alone repeats the run. */
import type { Random } from '../../functions/ports.ts';
import { createRandom } from '../../model/random.ts';

export interface Chance {
  readonly random: Random;
  happens(probability: number): boolean;
  between(min: number, max: number): number;
  /** A whole number, both ends included. */
  whole(min: number, max: number): number;
  /** Between the two, each order of magnitude as likely as the next. */
  spread(min: number, max: number): number;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
}

/** Streams of one seed are independent: a new choice in one leaves the others as they are. */
export function createChance(seed: number, stream: number): Chance {
  const random = createRandom(seed * 16 + stream);
  return {
    random,
    happens: (probability) => probability > 0 && random() < probability,
    between: (min, max) => min + (max - min) * random(),
    whole: (min, max) => min + Math.floor((max - min + 1) * random()),
    spread: (min, max) => Math.exp(Math.log(min) + (Math.log(max) - Math.log(min)) * random()),
    pick(list) {
      const picked = list[Math.floor(random() * list.length)];
      if (picked === undefined) throw new RangeError('nothing to pick from');
      return picked;
    },
  };
}
