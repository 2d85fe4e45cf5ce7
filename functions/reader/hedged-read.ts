/**
 * A slow read gets a second attempt in the same environment. The first result wins. The signal aborts the other attempt, and
 * its result is ignored, so nothing counts twice. Both attempts have the same request and the same id.
 *
 * The second attempt passes the gate like any read and counts against the limits of its source. If it would have to wait, it is
 * not made. If the source refuses the first attempt, the read ends. If it refuses the second attempt, only the source closes.
 */
import type { Clock } from '../ports.ts';
import type { Gate } from './gate/gate.ts';
import type { Pass } from './gate/gate-ports.ts';
import type { Hedges } from './gate/hedges.ts';
import { refusalOf } from './gate/refusal.ts';

export interface Hedging {
  readonly hedges: Hedges;
  readonly gate: Pick<Gate, 'enter'>;
  readonly clock: Clock;
}

type AttemptAt<Result> = (signal: AbortSignal) => Promise<Result>;

const PATIENCE_MS = 50;
const LOST = 'the other attempt was faster';

export async function hedgedRead<Result>(
  attempt: AttemptAt<Result>,
  source: string,
  signal: AbortSignal,
  { hedges, gate, clock }: Hedging,
): Promise<Result> {
  const begin = clock.now();
  hedges.begun(source);
  const afterMs = hedges.afterMs(source);
  const lost = new AbortController();
  const either = AbortSignal.any([signal, lost.signal]);
  const first = attempt(either);
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  first.then(over, over);
  const entered = async (): Promise<Pass | undefined> => {
    const isSlow = afterMs !== undefined && (await isPending(first, afterMs, clock));
    if (!isSlow || signal.aborted || !hedges.take(source)) return undefined;
    const pass = await gate.enter(source, PATIENCE_MS).catch(() => undefined);
    if (!isOver) return pass;
    pass?.end('failed');
    return undefined;
  };
  try {
    const pass = await entered();
    const result = await (pass === undefined
      ? first
      : fastest(first, secondAttempt(attempt, pass, either, clock)));
    hedges.took(source, clock.now() - begin);
    return result;
  } finally {
    lost.abort(LOST);
  }
}

async function isPending(read: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const over = new AbortController();
  const ended = read.then(
    () => false,
    () => false,
  );
  const late = clock.sleep(ms, over.signal).then(() => true);
  return Promise.race([ended, late]).finally(() => over.abort('over'));
}

async function secondAttempt<Result>(
  attempt: AttemptAt<Result>,
  pass: Pass,
  signal: AbortSignal,
  clock: Clock,
): Promise<Result> {
  // An attempt that lost has ended for its source too, because its signal was aborted.
  const gone = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  gone.catch(() => undefined);
  try {
    const result = await Promise.race([attempt(signal), gone]);
    pass.end('done');
    return result;
  } catch (error) {
    const refusal = signal.aborted ? undefined : refusalOf(error, clock.now());
    if (refusal === undefined) pass.end('failed');
    else void pass.refuse(refusal);
    throw error;
  }
}

/** The result of the attempt that succeeds first; if both fail, the error of the first attempt. */
function fastest<Result>(first: Promise<Result>, second: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    let failed: { readonly error: unknown } | undefined;
    let isAlone = false;
    first.then(resolve, (error: unknown) => {
      if (isAlone || refusalOf(error, 0) !== undefined) reject(error);
      else failed = { error };
    });
    second.then(resolve, () => {
      isAlone = true;
      if (failed !== undefined) reject(failed.error);
    });
  });
}
