/** States in a file, one a line: {"key": "a", "state": ...}, with "stateVersion" where it is not 1. What is written is read back as the same states, -0 too. */
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { encodeJson, isRecord, parseJson } from '../functions/json.ts';
import type { Numbers } from '../functions/json-text.ts';
import { linesOf } from '../model/lines.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { KeyReplay, OldState } from './replay.ts';

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

export async function loadStates(file: string, numbers: Numbers): Promise<Map<string, OldState>> {
  const states = new Map<string, OldState>();
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

function parseSaved(text: string, numbers: Numbers): { key: string } & OldState {
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
