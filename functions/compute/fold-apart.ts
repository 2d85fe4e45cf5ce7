/**
 * Folds messages that were seen before in a thread of their own. A compute that loops for ever, exhausts the memory
 * or calls process.exit ends the whole invocation, and every message of its batch comes back with it. Tried apart
 * it ends its thread alone, and has said before which reading it took up: that reading is treated like one over
 * which compute threw, and the rest of the batch goes on.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { GiveBackError } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import type { FoldApart } from './commit-step.ts';
import { type Before, type Fold, type FoldInput, fold } from './fold.ts';
import { INITIAL, INITIAL_PLACE } from './initial.ts';

/** Part of a share that a fold may take; what is left serves to fold the rest and to commit it. */
const FOLD_SHARE = 0.7;
/** A fold that was stopped is only held guilty if it had nearly all the time that a compute may have. */
const FULL_SHARE = 0.9;

type Answer = { readonly fold: Fold } | { readonly error: unknown };
export type Ending = Answer | { readonly died: string } | { readonly late: true };

/** One fold in a thread; which reading it has taken up is noted in `progress`. */
export type RunFold = (
  input: FoldInput,
  progress: Int32Array<SharedArrayBuffer>,
  timeoutMs: number,
) => Promise<Ending>;

/** `entry` is the module that the thread runs: the function's own bundle, which calls serveFolds. */
export function createFoldApart(entry: URL, { limits }: Pipeline, clock: Clock): FoldApart {
  return foldApartBy(
    (input, progress, timeoutMs) => runThread(entry, input, progress, timeoutMs, limits.memoryMb),
    limits,
    clock,
  );
}

/** Who is held guilty of a fold that did not end, however the threads are run. */
export function foldApartBy(run: RunFold, limits: Pick<Limits, 'computeTimeoutMs'>, clock: Clock): FoldApart {
  return async (input, shareMs) => {
    const until = clock.now() + shareMs;
    const condemned = new Map(input.condemned);
    for (;;) {
      const progress = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
      const timeoutMs = Math.floor((until - clock.now()) * FOLD_SHARE);
      const ending = await run({ ...input, condemned }, progress, timeoutMs);
      if ('fold' in ending) return ending.fold;
      if ('error' in ending) throw ending.error;
      const culprit = culpritOf(input, progress);
      if (culprit === undefined || condemned.has(culprit))
        throw new Error(`a fold did not come to its end: it ${describe(ending, timeoutMs)}`);
      if ('late' in ending && shareMs < limits.computeTimeoutMs * FULL_SHARE) {
        throw new GiveBackError(
          `a fold was not done within its share of ${Math.round(shareMs)} ms; it is tried again by itself`,
        );
      }
      condemned.set(
        culprit,
        `${culprit === INITIAL_PLACE ? 'initial' : 'compute'} ${describe(ending, timeoutMs)}`,
      );
    }
  };
}

/** In a thread made by createFoldApart: folds what it was given, answers, and returns true. Elsewhere false. */
export function serveFolds(pipeline: Pipeline, clock: Clock): boolean {
  if (isMainThread || !isFoldJob(workerData)) return false;
  const { input, progress } = workerData;
  try {
    const folded = fold(pipeline, clock, input, noteProgress(input, progress));
    parentPort?.postMessage({ fold: folded } satisfies Answer);
  } catch (error) {
    parentPort?.postMessage({ error } satisfies Answer);
  }
  return true;
}

export function noteProgress(input: FoldInput, progress: Int32Array<SharedArrayBuffer>): Before {
  const receipts = receiptsOf(input);
  return (receipt, index) => {
    Atomics.store(progress, 0, receipts.indexOf(receipt));
    Atomics.store(progress, 1, index);
  };
}

interface FoldJob {
  readonly weir: 'fold';
  readonly input: FoldInput;
  readonly progress: Int32Array<SharedArrayBuffer>;
}

/** Made by this very build in another thread: the mark is check enough. */
function isFoldJob(value: unknown): value is FoldJob {
  return isRecord(value) && value['weir'] === 'fold';
}

function runThread(
  entry: URL,
  input: FoldInput,
  progress: Int32Array<SharedArrayBuffer>,
  timeoutMs: number,
  memoryMb: number,
): Promise<Ending> {
  const thread = new Worker(entry, {
    workerData: { weir: 'fold', input, progress } satisfies FoldJob,
    resourceLimits: { maxOldGenerationSizeMb: Math.max(16, Math.floor(memoryMb * 0.4)) },
  });
  return new Promise<Ending>((resolve) => {
    const timer = setTimeout(() => resolve({ late: true }), timeoutMs);
    thread.once('message', (answer: Answer) => resolve(answer));
    thread.once('error', (error) => resolve({ died: `ended its thread: ${error.message}` }));
    thread.once('exit', (code) => {
      clearTimeout(timer);
      resolve({ died: `ended its thread with exit code ${code}` });
    });
  }).finally(() => thread.terminate());
}

/** Whatever may be taken up: each message, and initial. */
function receiptsOf({ parked, arrivals }: FoldInput): string[] {
  return [...[...parked, ...arrivals].map((arrival) => arrival.receipt), INITIAL];
}

function culpritOf(input: FoldInput, progress: Int32Array): string | undefined {
  const receipt = receiptsOf(input)[progress[0] ?? -1];
  return receipt === undefined ? undefined : `${receipt}:${progress[1]}`;
}

/** What became of who was held guilty: `ended its thread with exit code 1`. */
function describe(ending: { readonly died: string } | { readonly late: true }, timeoutMs: number): string {
  return 'died' in ending ? ending.died : `did not come back within ${timeoutMs} ms`;
}
