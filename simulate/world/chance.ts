/** The random choices of a seed: every choice of a run comes from here, so the seed alone repeats the run. */
import type { Random } from '../../functions/ports.ts';
import { createRandom } from '../../model/random.ts';

export interface Chance {
  readonly random: Random;
  happens(probability: number): boolean;
  between(min: number, max: number): number;
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number;
  /** Between `min` and `max`, with equal chances for each order of magnitude. */
  spread(min: number, max: number): number;
  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T;
}

/** Streams of a seed are independent: a new choice in one does not change the others. */
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
