/**
 * States in a file, one per line, as `weir export` and `weir replay --save` write them: {"key": "a", "state": ...}, with
 * "stateVersion" if it is not 1.
 */
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { encodeJson, isRecord, parseJson } from '../functions/json.ts';
import type { Numbers } from '../functions/json-text.ts';
import type { KeyItem } from '../functions/state.ts';
import { linesOf } from './lines.ts';
import { OperatorError } from './operator-error.ts';

/** A state as text, and the version of its shape. */
export type SavedState = Pick<KeyItem, 'state' | 'stateVersion'>;

/** The states by key. Throws an OperatorError that names the line. */
export async function loadStates(file: string, numbers: Numbers): Promise<Map<string, SavedState>> {
  const states = new Map<string, SavedState>();
  for await (const { number, text } of linesOf(file)) {
    try {
      const { key, ...state } = parseSaved(text, numbers);
      if (states.has(key)) throw new PermanentError('an earlier line has a state of this key already');
      states.set(key, state);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      throw new OperatorError(`${file}, line ${number}: ${reasonOf(error)}`);
    }
  }
  return states;
}

function parseSaved(text: string, numbers: Numbers): { key: string } & SavedState {
  const saved = parseJson(text, 'the line', numbers);
  if (!isRecord(saved) || typeof saved['key'] !== 'string' || !Object.hasOwn(saved, 'state')) {
    throw new PermanentError('a saved state is {"key": "...", "state": ...}');
  }
  const { stateVersion = 1 } = saved;
  if (typeof stateVersion !== 'number' || !Number.isSafeInteger(stateVersion) || stateVersion < 1) {
    throw new PermanentError('the stateVersion of a saved state is no whole number from 1 on');
  }
  return { key: saved['key'], stateVersion, state: encodeJson(saved['state'], 'the state') };
}
