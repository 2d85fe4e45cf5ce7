/**
 * Folds redelivered messages in a separate process (fold-process.ts). A compute that loops for ever, takes all the memory,
 * blocks in native code or exits would otherwise end the whole invocation, and every message of the batch would come back.
 * Here it ends only its own process. The process records which reading it began, so Weir treats that reading as if compute
 * had thrown on it, and the rest of the batch goes on.
 */
import { GiveBackError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Clock } from '../ports.ts';
import type { Fold, FoldApart } from './fold.ts';
import { type Progress, receiptsOf } from './fold-child.ts';
import type { FoldInput } from './fold-input.ts';
import { whoRunsAt } from './initial.ts';

/** The part of its time that one fold may take. The rest is for the fold of the remaining readings and for the commit. */
const FOLD_SHARE = 0.7;
/** A fold that was stopped counts as at fault only if it had at least this part of computeTimeoutMs. */
const FULL_SHARE = 0.9;

export type Ending =
  | { readonly fold: Fold }
  | { readonly error: unknown }
  /** `at` is the reading that the process had begun. */
  | { readonly died: string; readonly at: Progress | undefined }
  | { readonly late: true; readonly at: Progress | undefined };

/** Runs one fold and returns how it ended. Never rejects because of compute. */
export type RunFold = (input: FoldInput, timeoutMs: number) => Promise<Ending>;

/** If a fold does not end, folds again without the reading at fault. */
export function createFoldApart(
  run: RunFold,
  limits: Pick<Limits, 'computeTimeoutMs'>,
  clock: Clock,
): FoldApart {
  return async (input, shareMs) => {
    const until = clock.now() + shareMs;
    const condemned = new Map(input.condemned);
    for (;;) {
      const timeoutMs = Math.floor((until - clock.now()) * FOLD_SHARE);
      const ending = await run({ ...input, condemned }, timeoutMs);
      if ('fold' in ending) return ending.fold;
      if ('error' in ending) throw ending.error;
      const culprit = culpritOf(input, ending.at);
      if (culprit === undefined || condemned.has(culprit))
        throw new Error(`a fold did not end: it ${describe(ending, timeoutMs)}`);
      if ('late' in ending && shareMs < limits.computeTimeoutMs * FULL_SHARE) {
        throw new GiveBackError(
          `a fold did not end within its share of ${Math.round(shareMs)} ms; it will run again alone`,
        );
      }
      condemned.set(culprit, `${whoRunsAt(culprit)} ${describe(ending, timeoutMs)}`);
    }
  };
}

function culpritOf(input: FoldInput, at: Progress | undefined): string | undefined {
  const receipt = at && receiptsOf(input)[at.message];
  return receipt && `${receipt}:${at.index}`;
}

/** How the fold at fault ended: `ended its process with exit code 1`. */
function describe(ending: { readonly died: string } | { readonly late: true }, timeoutMs: number): string {
  return 'died' in ending ? ending.died : `did not come back within ${timeoutMs} ms`;
}
