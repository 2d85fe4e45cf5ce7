/** Checks that the results of initial and compute can be states, and encodes them. */
import { PermanentError, TooLargeError } from '../errors.ts';
import { encodeJson } from '../json.ts';
import { refuseAccessors } from '../json-value.ts';
import { STATE_BYTES_MAX } from '../limits.ts';
import { quoted } from '../shorten.ts';

/** The state as text, if an item can hold it. */
export function encodeState(state: unknown, key: string): string {
  return encodeFitting(state, `the state of ${quoted(key)}`);
}

/** The result of initial as text, if it can be a state. */
export function encodeInitial(state: unknown): string {
  refuseNothing(state, 'initial');
  return encodeFitting(state, 'the state that initial returned');
}

function encodeFitting(state: unknown, what: string): string {
  const text = encodeJson(state, what);
  refuseAccessors(state, what);
  const bytes = Buffer.byteLength(text);
  if (bytes <= STATE_BYTES_MAX) return text;
  throw new TooLargeError(`${what} would have ${bytes} bytes; at most ${STATE_BYTES_MAX} are allowed`);
}

/** Refuses undefined and promises: two common mistakes with a message of their own. */
export function refuseNothing(
  value: unknown,
  by: 'compute' | 'initial' | 'wake' | 'merge' | `migrate[${number}]`,
): void {
  if (value === undefined) throw new PermanentError(`${by} returned undefined instead of a state`);
  if (!isThenable(value)) return;
  // An unhandled rejection of this promise would end the process.
  Promise.resolve(value).catch(() => undefined);
  throw new PermanentError(
    `${by} returned a promise; it must be synchronous: move asynchronous work to read or write`,
  );
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
