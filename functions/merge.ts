/**
 * Partials: the reader folds the readings of a message from `initial`, and compute merges the result into the state.
 *
 * Invariant: a message with a partial stands for exactly the readings that the partial was folded from. It holds the same
 * readings as without `merge` and has the same ids. So a repeat may carry the partial or the readings, and counts once.
 */
import { encodeInitial, encodeState, refuseNothing } from './compute/state-text.ts';
import { NewerFormatError, PermanentError } from './errors.ts';
import { checkKind } from './json-value.ts';
import type { FoldPartial } from './pack.ts';
import type { ComputeContext, Pipeline } from './pipeline.ts';
import type { Clock } from './ports.ts';
import type { ReadingsMessage } from './readings.ts';
import { quoted } from './shorten.ts';
import { migrateState } from './state-versions.ts';

/** A single reading need not be folded. */
const READINGS_MIN = 2;

/**
 * Undefined if the pipeline has no `merge`. Readings that cannot be folded are sent themselves, and compute finds the one at
 * fault. So are readings that take longer to fold than limits.commitAfterMs, because other reads would have to wait.
 */
export function partialsOf(pipeline: Pipeline, clock: Clock): FoldPartial | undefined {
  const { initial, compute, limits, state: versions } = pipeline;
  if (pipeline.merge === undefined) return undefined;
  return ({ key, request }, readings) => {
    if (readings.length < READINGS_MIN) return undefined;
    const context = contextOfMerging(key, request);
    const stopAt = clock.now() + limits.commitAfterMs;
    try {
      let state: unknown = JSON.parse(encodeInitial(initial(key)));
      for (const reading of readings) {
        state = compute(state, JSON.parse(reading), context);
        refuseNothing(state, 'compute');
        checkKind(state, `the state of ${quoted(key)}`);
        if (clock.now() >= stopAt) return undefined;
      }
      return { state: encodeState(state, key), stateVersion: versions.version };
    } catch {
      return undefined;
    }
  };
}

/** Returns the next state. A partial of an older version is migrated like a state of that version. */
export function mergePartial(
  { merge, state: versions }: Pipeline,
  state: unknown,
  { key, partial, readings: [given] }: ReadingsMessage,
): unknown {
  const stateVersion = partial?.stateVersion ?? versions.version;
  if (stateVersion === versions.version) return merge?.(state, given);
  return merge?.(state, JSON.parse(migrateState(JSON.stringify(given), { key, stateVersion }, versions)));
}

/** Throws if this build cannot merge the message, which then goes back to the queue and waits for a build that can. */
export function refuseUnmergeable({ partial }: ReadingsMessage, { merge, state }: Pipeline): void {
  if (partial === undefined) return;
  if (merge === undefined) {
    throw new NewerFormatError(
      'a message carries a partial, and this build of the pipeline has no merge: it waits for a build that has one. See "To ' +
        'take merge away" in docs/merge.md',
    );
  }
  if (partial.stateVersion <= state.version) return;
  throw new NewerFormatError(
    `a partial of state version ${partial.stateVersion}, this build knows ${state.version}: it waits for a build that knows it`,
  );
}

/** The context of compute in a pipeline with `merge`. It is the same in the reader and in compute, so the results agree. */
export function contextOfMerging(key: string, request: string): ComputeContext<unknown> {
  const refuse = (name: string) => (): never => {
    throw new PermanentError(
      `compute used ${name}, and its pipeline has merge: a fold in the reader has only key and request. Leave it, or merge, out`,
    );
  };
  return {
    key,
    request,
    get sentAt() {
      return refuse('sentAt')();
    },
    emit: refuse('emit'),
    skip: refuse('skip'),
    wake: refuse('wake'),
    cancelWake: refuse('cancelWake'),
  };
}
