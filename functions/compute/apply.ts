/** One call of the user's compute: what it may give back, and what becomes of it in the draft. */
import { PermanentError, reasonOf } from '../errors.ts';
import { encodeJson } from '../json.ts';
import { checkKind } from '../json-value.ts';
import { OUTPUTS_BYTES_MAX } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { ReadingsMessage } from '../readings.ts';
import { quoted } from '../shorten.ts';
import type { Draft } from './draft.ts';
import { encodeState, refuseNothing } from './state-text.ts';

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

/** What is plain to see is refused before the next reading is computed on it; the whole is checked at the commit. */
function refuseNonState(value: unknown, key: string): void {
  refuseNothing(value, 'compute');
  checkKind(value, `the state of ${quoted(key)}`);
}
