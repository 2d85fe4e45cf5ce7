/** The result of one call of a compute, and the comparison of two results. */
import { isDeepStrictEqual } from 'node:util';
import { PermanentError, reasonOf, TooLargeError } from '../../errors.ts';
import { encodeJson } from '../../json.ts';
import { OUTPUTS_BYTES_MAX } from '../../limits.ts';
import type { ComputeContext, Pipeline } from '../../pipeline.ts';
import { encodeState, refuseNothing } from '../state-text.ts';
import { type AskedWake, checkAsked, checkTag, NO_WAKE } from '../wakes.ts';

export interface Effect {
  /** The state as text; if the call threw, the state before it. Undefined if the key has no state yet. */
  readonly state: string | undefined;
  readonly outputs: readonly string[];
  readonly wakes: readonly AskedWake[];
  readonly skipped: boolean;
  /** The reason, if the call threw. */
  readonly threw: string | undefined;
}

export type Context = ComputeContext<unknown>;

/** `settle` returns or throws what the call returned or threw. */
export interface Outcome {
  readonly effect: Effect;
  settle(): unknown;
}

/** Makes the call and records the use of its context. */
export function effectOf(
  before: string | undefined,
  context: Context,
  call: (noted: Context) => unknown,
): Outcome {
  const outputs: string[] = [];
  const wakes: AskedWake[] = [];
  let skipped = false;
  const noted: Context = {
    ...context,
    emit(output) {
      outputs.push(encodeJson(output, 'an output'));
      context.emit(output);
    },
    skip(reason) {
      skipped = true;
      context.skip(reason);
    },
    wake(at, tag) {
      context.wake(at, tag);
      wakes.push(checkAsked(at, tag));
    },
    cancelWake(tag) {
      context.cancelWake(tag);
      wakes.push({ tag: checkTag(tag), at: undefined });
    },
  };
  let settle: Outcome['settle'];
  try {
    const next = call(noted);
    settle = () => next;
    refuseNothing(next, 'compute');
    refuseTooMuch(outputs);
    const state = encodeState(next, context.key);
    return { effect: { state, outputs, wakes, skipped, threw: undefined }, settle };
  } catch (error) {
    settle ??= () => {
      throw error;
    };
    return { effect: { ...NOTHING, state: before, threw: reasonOf(error) }, settle };
  }
}

const NOTHING = { outputs: [], wakes: [], skipped: false };

function refuseTooMuch(outputs: readonly string[]): void {
  const bytes = outputs.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  if (bytes > OUTPUTS_BYTES_MAX)
    throw new TooLargeError(
      `one reading emitted outputs of ${bytes} bytes; at most ${OUTPUTS_BYTES_MAX} are allowed`,
    );
}

/** A context without effect. */
export function inertContext({ key, request, sentAt }: Context, { wake }: Pipeline): Context {
  const nothing = () => {};
  return {
    key,
    request,
    sentAt,
    emit: nothing,
    skip: nothing,
    wake: () => {
      if (wake === undefined) throw new PermanentError(NO_WAKE);
    },
    cancelWake: nothing,
  };
}

export function isSameEffect(a: Effect, b: Effect): boolean {
  if (a.threw !== undefined || b.threw !== undefined) return a.threw !== undefined && b.threw !== undefined;
  return (
    isSameText(a.state, b.state) &&
    isDeepStrictEqual(asValue({ ...a, state: '0' }), asValue({ ...b, state: '0' }))
  );
}

/** Ignores the order of properties. */
function isSameText(a = 'null', b = 'null'): boolean {
  return a === b || isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

/** The effect as one JSON value, so that a path names each difference. */
export function asValue({
  state,
  outputs,
  wakes,
  skipped,
  threw,
}: Effect): Readonly<Record<string, unknown>> {
  return {
    ...(state === undefined ? {} : { state: JSON.parse(state) as unknown }),
    outputs: outputs.map((text) => JSON.parse(text) as unknown),
    wakes: Object.fromEntries(wakes.map(({ tag, at = null }) => [tag, at])),
    skipped,
    threw: threw !== undefined,
  };
}
