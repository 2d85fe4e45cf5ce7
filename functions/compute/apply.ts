/** Makes one call of the user's compute, checks the result and puts it into the draft. */
import { chainText, parseChain, shareOf } from '../chain.ts';
import { PermanentError, reasonOf, TooLargeError } from '../errors.ts';
import { encodeJson } from '../json.ts';
import { checkKind } from '../json-value.ts';
import { OUTPUTS_BYTES_MAX } from '../limits.ts';
import { contextOfMerging, mergePartial } from '../merge.ts';
import type { ComputeContext, Pipeline } from '../pipeline.ts';
import type { ReadingsMessage } from '../readings.ts';
import { quoted } from '../shorten.ts';
import type { PendingWake } from '../state.ts';
import { traceIn } from '../trace-context.ts';
import { addOutputs, addTraces, type Draft } from './draft.ts';
import { encodeState, refuseNothing } from './state-text.ts';
import {
  type AskedWake,
  askFor,
  checkAsked,
  checkTag,
  NO_WAKE,
  takeWake,
  traced,
  type WakeMaker,
} from './wakes.ts';

export interface ReadingToApply {
  readonly key: string;
  readonly message: ReadingsMessage;
  readonly index: number;
  readonly sentAt: number;
  /** Set if the reading is a wake. */
  readonly wake: PendingWake | undefined;
  readonly maker: WakeMaker;
}

/**
 * Throws if compute (or merge, for a partial) throws or returns a value that cannot be a state. The state object may then
 * be damaged; the rest of the draft is unchanged. Careful mode also encodes the state as text, which checks all of it.
 */
export function applyReading(
  pipeline: Pipeline,
  draft: Draft,
  { key, message, index, sentAt, wake, maker }: ReadingToApply,
  careful: boolean,
): void {
  const outputs: string[] = [];
  const asked: AskedWake[] = [];
  let bytes = 0;
  let skipped: string | undefined;
  const own: ComputeContext<unknown> = {
    key,
    request: message.request,
    sentAt,
    emit: (output) => {
      const text = encodeJson(output, 'an output');
      bytes += Buffer.byteLength(text) + 1; // 1 for the comma before the next output
      outputs.push(text);
    },
    skip: (reason) => {
      skipped = reasonOf(reason);
    },
    wake: (at, tag) => {
      if (pipeline.wake === undefined) throw new PermanentError(NO_WAKE);
      asked.push(checkAsked(at, tag));
    },
    cancelWake: (tag) => {
      asked.push({ tag: checkTag(tag), at: undefined });
    },
  };
  const context = pipeline.merge === undefined ? own : contextOfMerging(key, message.request);
  const next =
    wake !== undefined
      ? callWake(pipeline, draft.state, wake, context)
      : message.partial !== undefined
        ? mergePartial(pipeline, draft.state, message)
        : pipeline.compute(draft.state, message.readings[index], context);
  refuseNonState(
    next,
    key,
    wake !== undefined ? 'wake' : message.partial !== undefined ? 'merge' : 'compute',
  );
  const chain = chainOfParts(wake === undefined ? message.chain : wake.chain, outputs.length + asked.length);
  const before = wake === undefined ? draft.wakes : takeWake(draft.wakes, wake);
  const trace = wake === undefined ? traceIn(message) : wake.trace;
  const wakes = traced(askFor(before, asked, maker, chain), asked, trace);
  if (bytes > OUTPUTS_BYTES_MAX) {
    throw new TooLargeError(
      `one reading emitted outputs of ${bytes} bytes; at most ${OUTPUTS_BYTES_MAX} are allowed`,
    );
  }
  if (careful) draft.checkpoint = encodeState(next, key);
  draft.state = next;
  draft.wakes = wakes;
  addOutputs(draft, outputs, bytes, chain ?? '');
  addTraces(draft, outputs.length, trace);
  if (wake !== undefined) draft.woken += 1;
  else if (skipped === undefined) draft.applied += message.partial?.count ?? 1;
  else {
    draft.skipped += 1;
    draft.lastSkip = skipped;
  }
}

/** The reading's chain, divided among the outputs and wakes that it caused. */
function chainOfParts(text: string | undefined, parts: number): string | undefined {
  const chain = parseChain(text);
  return chain && chainText(shareOf(chain, parts));
}

function callWake(
  { wake }: Pipeline,
  state: unknown,
  { tag, at }: PendingWake,
  context: ComputeContext<unknown>,
): unknown {
  if (wake !== undefined) return wake(state, tag, { ...context, at });
  throw new PermanentError(
    `a wake came, and this build of the pipeline has no wake: the tag is ${quoted(tag)}`,
  );
}

/** A quick check before the next reading is computed on the value. The commit checks the whole state. */
function refuseNonState(value: unknown, key: string, by: 'compute' | 'wake' | 'merge'): void {
  refuseNothing(value, by);
  checkKind(value, `the state of ${quoted(key)}`);
}
