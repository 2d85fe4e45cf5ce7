/** One call of the user's initial: the state of a key before its first reading, or why there is none. */
import { PermanentError, reasonOf } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import { encodeInitial } from './state-text.ts';

/**
 * A state as text; or why a key has none yet. The poison policy applies to an initial that fails as to a compute: every
 * reading that needs the state fails with it, and the next fold of the key calls it again.
 */
export type Beginning = { readonly state: string } | { readonly failure: PermanentError };

/** Where a fold says which reading it takes up, this says that it calls initial. */
export const INITIAL = 'initial';
export const INITIAL_PLACE = `${INITIAL}:0`;

export function callInitial(pipeline: Pipeline, key: string): Beginning {
  let state: unknown;
  try {
    state = pipeline.initial(key);
  } catch (error) {
    return { failure: new PermanentError(`initial threw: ${reasonOf(error)}`) };
  }
  try {
    return { state: encodeInitial(state) };
  } catch (error) {
    return { failure: new PermanentError(reasonOf(error)) };
  }
}
