/**
 * The states of a replay as lines of a file. Reading them back (model/saved-states.ts) gives the same states,
 * including -0.
 */
import { encodeJson } from '../functions/json.ts';
import type { KeyReplay } from './replay.ts';

/** `stateVersion`: that of the pipeline that computed the states. */
export function savedStates(keys: readonly KeyReplay[], stateVersion: number): string {
  const shape = stateVersion === 1 ? {} : { stateVersion };
  return begun(keys)
    .map(({ key, newState }) => `${encodeJson({ key, ...shape, state: newState }, 'the state')}\n`)
    .join('');
}

/** A key that stopped because `initial` failed has no state. */
export function begun(keys: readonly KeyReplay[]): KeyReplay[] {
  return keys.filter(({ newState }) => newState !== undefined);
}
