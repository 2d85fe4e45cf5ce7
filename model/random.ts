/**
 * A seeded random number generator: sfc32, which is small, fast and of good statistical quality. The same seed gives the same
 * numbers on every machine, so a seed is enough to repeat a run of the simulation.
 * https://pracrand.sourceforge.net/RNG_engines.txt
 */
import type { Random } from '../functions/ports.ts';

export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed ${seed} is not an integer`);
  // All 53 bits of the seed count. The counter guarantees a long cycle for every seed.
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers of neighbouring seeds are similar, so they are dropped.
  for (let round = 0; round < 15; round += 1) next();
  return next;
}
