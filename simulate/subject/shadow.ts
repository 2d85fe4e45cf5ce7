/**
 * The shadow of the sample: the sample itself with planted differences in some readings, determined by their
 * names alone. So the oracle knows for each reading what a shadow must find.
 */
import type { Pipeline } from '../../functions/pipeline.ts';
import { chain, contentId, type Reading } from '../oracle/reference.ts';
import type { Computer } from '../world/simulated-environment.ts';

/**
 * `weightless`: it takes no time and makes no calls, so the run must be identical to one without a shadow.
 */
export type ShadowMode = 'off' | 'on' | 'weightless';

const EVERY = 32;
const FIRST = 5;

export function shadowOf(seed: number): ShadowMode {
  return seed % EVERY === FIRST ? 'on' : 'off';
}

export type Planted = 'differs' | 'throws' | 'loops' | 'ends';

const PLANTS: readonly Planted[] = ['differs', 'differs', 'differs', 'differs', 'throws', 'throws'];
const DEADLY_PLANTS: readonly Planted[] = ['loops', 'ends'];
const OF = 48;
const FOR_EVER_MS = 3_600_000;

export function plantedIn(reading: Reading): Planted | undefined {
  return [...PLANTS, ...DEADLY_PLANTS][chain(17, contentId(reading)) % OF];
}

/** `computer`: the process of the shadow. */
export function shadowOfSample(own: Pipeline, computer: Computer): Pipeline {
  return {
    ...own,
    compute(state, given, context) {
      const next = own.compute(state, given, context);
      // As returned by the sample's read.
      const planted = plantedIn(given as Reading);
      if (planted === 'loops') computer.spend(FOR_EVER_MS);
      if (planted === 'ends') computer.kill('the shadow ended its process');
      if (planted === 'throws') throw new Error('the shadow throws');
      return planted === 'differs' ? { ...Object(next), h: Object(next).h + 1 } : next;
    },
  };
}
