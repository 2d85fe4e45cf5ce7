/** One call of the user's compute: what it may give back, and what becomes of it in the draft. */
import { PermanentError, reasonOf } from '../errors.ts';
import { encodeJson } from '../json.ts';
import { checkKind, refuseAccessors } from '../json-value.ts';
import { OUTPUTS_BYTES_MAX, STATE_BYTES_MAX } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { ReadingsMessage } from '../readings.ts';
import { quoted } from '../shorten.ts';
import type { Draft } from './draft.ts';

export interface ReadingToApply {
  readonly key: string;
  readonly message: ReadingsMessage;
  readonly index: number;
  readonly sentAt: number;
}

/**
 * Throws when compute does, or when it gives back what cannot be a state; the state object may be spoilt then, the
 * rest of the draft is as before. In careful mode the state is kept as text too, so it is known to be one.
 */
export function applyReading(
  pipeline: Pipeline,
  draft: Draft,
  { key, message, index, sentAt }: ReadingToApply,
  careful: boolean,
): void {
  const outputs: string[] = [];
  let bytes = 0;
  let skipped: string | undefined;
  const next = pipeline.compute(draft.state, message.readings[index], {
    key,
    request: message.request,
    sentAt,
    emit: (output) => {
      const text = encodeJson(output, 'an output');
      bytes += Buffer.byteLength(text) + 1; // with the comma between it and the next
      outputs.push(text);
    },
    skip: (reason) => {
      skipped = reasonOf(reason);
    },
  });
  refuseNonState(next, key);
  if (bytes > OUTPUTS_BYTES_MAX) {
    throw new PermanentError(
      `one reading emitted outputs of ${bytes} bytes, ${OUTPUTS_BYTES_MAX} is the most`,
    );
  }
  if (careful) draft.checkpoint = encodeState(next, key);
  draft.state = next;
  draft.outputs.push(...outputs);
  draft.outputsBytes += bytes;
  if (skipped === undefined) draft.applied += 1;
  else {
    draft.skipped += 1;
    draft.lastSkip = skipped;
  }
}

/** The state as text, if an item can hold it. */
export function encodeState(state: unknown, key: string): string {
  return encodeFitting(state, `the state of ${quoted(key)}`);
}

/** What initial returned as text, if it can be the state of a key. */
export function encodeInitial(state: unknown): string {
  refuseNothing(state, 'initial');
  return encodeFitting(state, 'the state that initial returned');
}

function encodeFitting(state: unknown, what: string): string {
  const text = encodeJson(state, what);
  refuseAccessors(state, what);
  const bytes = Buffer.byteLength(text);
  if (bytes <= STATE_BYTES_MAX) return text;
  throw new PermanentError(`${what} would have ${bytes} bytes, ${STATE_BYTES_MAX} is the most`);
}

/** What is plain to see is refused before the next reading is computed on it; the whole is checked at the commit. */
function refuseNonState(value: unknown, key: string): void {
  refuseNothing(value, 'compute');
  checkKind(value, `the state of ${quoted(key)}`);
}

/** Nothing, and nothing yet: mistakes so common that they are named. */
function refuseNothing(value: unknown, by: 'compute' | 'initial'): void {
  if (value === undefined) throw new PermanentError(`${by} returned undefined instead of a state`);
  if (!isThenable(value)) return;
  // The promise's own failure is nobody's: it must not end the process.
  Promise.resolve(value).catch(() => undefined);
  throw new PermanentError(
    `${by} returned a promise; it must be synchronous: what waits belongs into read or write`,
  );
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
