/** States in a file, one a line: {"key": "a", "state": ...}. What is written is read back as the same states, -0 too. */
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { encodeJson, isRecord, parseJson } from '../functions/json.ts';
import type { Numbers } from '../functions/json-text.ts';
import { linesOf } from '../model/lines.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { KeyReplay } from './replay.ts';

export function savedStates(keys: readonly KeyReplay[]): string {
  return begun(keys)
    .map(({ key, newState }) => `${encodeJson({ key, state: newState }, 'the state')}\n`)
    .join('');
}

/** A key that stopped over its initial has no state. */
export function begun(keys: readonly KeyReplay[]): KeyReplay[] {
  return keys.filter(({ newState }) => newState !== undefined);
}

export async function loadStates(file: string, numbers: Numbers): Promise<Map<string, unknown>> {
  const states = new Map<string, unknown>();
  for await (const { number, text } of linesOf(file)) {
    try {
      const { key, state } = parseSaved(text, numbers);
      if (states.has(key)) throw new PermanentError('an earlier line has a state of this key already');
      states.set(key, state);
    } catch (error) {
      if (!(error instanceof PermanentError)) throw error;
      throw new OperatorError(`${file}, line ${number}: ${reasonOf(error)}`);
    }
  }
  return states;
}

function parseSaved(text: string, numbers: Numbers): { key: string; state: unknown } {
  const saved = parseJson(text, 'the line', numbers);
  if (!isRecord(saved) || typeof saved['key'] !== 'string' || !Object.hasOwn(saved, 'state')) {
    throw new PermanentError('a saved state is {"key": "...", "state": ...}');
  }
  return { key: saved['key'], state: saved['state'] };
}
