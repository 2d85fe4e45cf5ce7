import { createChance } from './chance.ts';

/**
 * How the second build of a run differs from the first: its formats, an attribute, or the version of its
 * state.
 */
export type SecondBuild = 'newer formats' | 'another attribute' | 'another state';

/** In a third of the seeds of the sample. */
export function isOfAnotherState(seed: number): boolean {
  return createChance(seed, 14).happens(0.3);
}
