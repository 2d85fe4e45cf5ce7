/**
 * The reference: the author's compute, one reading after another, without batches, retries or versions. The
 * state goes through its JSON text between any two readings.
 */
import { encodeState } from '../functions/compute/state-text.ts';
import { type AskedWake, checkAsked, checkTag, NO_WAKE } from '../functions/compute/wakes.ts';
import { PermanentError, reasonOf, TooLargeError } from '../functions/errors.ts';
import { encodeJson } from '../functions/json.ts';
import { OUTPUTS_BYTES_MAX } from '../functions/limits.ts';
import { contextOfMerging } from '../functions/merge.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { refuse } from './options.ts';
import type { RecordedReading } from './recorded-request.ts';
import { show } from './report.ts';

/** A reading as an argument of compute. */
export interface Incoming extends RecordedReading {
  readonly request: string;
  readonly sentAt: number;
}

export interface Computed {
  readonly state: string;
  readonly outputs: readonly string[];
  readonly skipped: string | undefined;
  /** Whether compute changed its reading. */
  readonly mutated: boolean;
}

export interface Failed {
  readonly error: unknown;
  /** The part that failed: compute itself, or a result that cannot be stored. */
  readonly over: 'compute' | 'state' | 'output';
}

export type Step = Computed | Failed;

/** A key's readings in order, and their plain fold. */
export interface PlainFold {
  readonly key: string;
  readonly readings: readonly Incoming[];
  /** The state before each reading, and after the last one. */
  readonly states: string[];
  readonly outputs: string[];
  /** Indexes of the readings on which compute failed. */
  readonly failed: Set<number>;
}

export function nameReading({ n, place, key }: Incoming): string {
  return `reading ${place} of request ${n} (key ${show(key)})`;
}

export function initialState(pipeline: Pipeline, key: string): string {
  const encode = () => encodeJson(pipeline.initial(key), `the initial state of ${JSON.stringify(key)}`);
  try {
    const [first, second] = [encode(), encode()];
    if (first === second) return first;
    throw new Error(`initial returned ${first}, then ${second} for key ${show(key)}; it must be pure`);
  } catch (error) {
    return refuse(reasonOf(error), error);
  }
}

export function computeOnce(pipeline: Pipeline, state: string, incoming: Incoming): Step {
  const reading: unknown = JSON.parse(incoming.text);
  const called = callCompute(pipeline, JSON.parse(state), reading, incoming);
  if ('error' in called) return called;
  const { next, outputs, skipped } = called;
  try {
    return {
      state: encodeState(next, incoming.key),
      outputs,
      skipped,
      mutated: isChanged(reading, incoming),
    };
  } catch (error) {
    return { error, over: 'state' };
  }
}

interface Called {
  readonly next: unknown;
  readonly outputs: readonly string[];
  readonly skipped: string | undefined;
  readonly asked: readonly AskedWake[];
}

/** Takes the state as an object: compute's result may be passed on to the next reading. */
export function callCompute(
  pipeline: Pipeline,
  state: unknown,
  reading: unknown,
  { key, request, sentAt }: Incoming,
): Called | Failed {
  const outputs: string[] = [];
  const asked: AskedWake[] = [];
  let skipped: string | undefined;
  let over: Failed['over'] = 'compute';
  try {
    const emit = (output: unknown) => {
      over = 'output';
      outputs.push(encodeJson(output, 'an output'));
      over = 'compute';
    };
    const skip = (reason: string) => {
      skipped = reason;
    };
    const wake = (at: number, tag: string) => {
      if (pipeline.wake === undefined) throw new PermanentError(NO_WAKE);
      asked.push(checkAsked(at, tag));
    };
    const cancelWake = (tag: string) => void asked.push({ tag: checkTag(tag), at: undefined });
    const own = { key, request, sentAt, emit, skip, wake, cancelWake };
    const context = pipeline.merge === undefined ? own : contextOfMerging(key, request);
    const next = pipeline.compute(state, reading, context);
    refusePromise(next);
    over = 'output';
    refuseTooLarge(outputs);
    return { next, outputs, skipped, asked };
  } catch (error) {
    return { error, over };
  }
}

function refusePromise(next: unknown): void {
  if (typeof next !== 'object' || next === null || !('then' in next) || typeof next.then !== 'function')
    return;
  Promise.resolve(next).catch(() => undefined);
  throw new PermanentError('compute returned a promise; it must be synchronous');
}

function refuseTooLarge(outputs: readonly string[]): void {
  const bytes = outputs.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  if (bytes <= OUTPUTS_BYTES_MAX) return;
  throw new TooLargeError(
    `one reading emitted outputs of ${bytes} bytes; at most ${OUTPUTS_BYTES_MAX} are allowed`,
  );
}

function isChanged(reading: unknown, { text }: Incoming): boolean {
  try {
    return encodeJson(reading, 'the reading') !== text;
  } catch {
    return true;
  }
}
