/** The states that a replay came to, as lines of a file: what is written is read back (model/saved-states.ts) as the same states, -0 too. */
import { encodeJson } from '../functions/json.ts';
import type { KeyReplay } from './replay.ts';

/** `stateVersion`: of the pipeline that computed them. */
export function savedStates(keys: readonly KeyReplay[], stateVersion: number): string {
  const shape = stateVersion === 1 ? {} : { stateVersion };
  return begun(keys)
    .map(({ key, newState }) => `${encodeJson({ key, ...shape, state: newState }, 'the state')}\n`)
    .join('');
}

/** A key that stopped over its initial has no state. */
export function begun(keys: readonly KeyReplay[]): KeyReplay[] {
  return keys.filter(({ newState }) => newState !== undefined);
}
