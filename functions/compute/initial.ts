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
 * A state as text, or the reason that there is none. The poison policy applies to a failed initial or migrate as to a
 * failed compute: every reading that needs the state fails with it, and the next fold of the key calls it again.
 */
export type Beginning = { readonly state: string } | { readonly failure: PermanentError };

/** Stands in place of a receipt where a fold reports that it calls initial. */
export const INITIAL = 'initial';
export const INITIAL_PLACE = `${INITIAL}:0`;
/** The same for migrate. A receipt has 16 characters, so it equals neither. */
export const MIGRATE = 'migrate';
export const MIGRATE_PLACE = `${MIGRATE}:0`;

/** The name, for use in reasons, of the user's function that runs at this place of a fold. */
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
