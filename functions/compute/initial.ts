/**
 * The state from which a fold starts: the stored state, migrated if its version is older, or the result of the user's
 * initial for a key without a state.
 */
import { PermanentError, reasonOf } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import type { KeyItem } from '../state.ts';
import { migrateState } from '../state-versions.ts';
import { encodeInitial } from './state-text.ts';

/**
 * A state as text; or why there is none to compute on. The poison policy applies to an initial or a migrate that fails as
 * to a compute: every reading that needs the state fails with it, and the next fold of the key calls it again.
 */
export type Beginning = { readonly state: string } | { readonly failure: PermanentError };

/** Where a fold says which reading it takes up, this says that it calls initial. */
export const INITIAL = 'initial';
export const INITIAL_PLACE = `${INITIAL}:0`;
/** The same of migrate. A receipt has 16 characters, so it is neither of the two. */
export const MIGRATE = 'migrate';
export const MIGRATE_PLACE = `${MIGRATE}:0`;

/** Whose code runs at a place of a fold, as reasons name it. */
export function whoRunsAt(place: string): string {
  if (place === INITIAL_PLACE) return INITIAL;
  return place === MIGRATE_PLACE ? MIGRATE : 'compute';
}

export function callMigrate(pipeline: Pipeline, text: string, base: KeyItem): Beginning {
  try {
    return { state: migrateState(text, base, pipeline.state) };
  } catch (error) {
    return { failure: new PermanentError(reasonOf(error)) };
  }
}

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
