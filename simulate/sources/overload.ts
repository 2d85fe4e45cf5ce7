/** Whether the overload of a source ends soon after the source is halved, and how soon any limiter could have ended it. */
import type { Drawn } from './draw-source.ts';
import type { SourceRun } from './source-run.ts';

export const SOON_MS = 2_000;
const THEN_MS = 5_000;
const SAMPLE_MS = 100;
/** A working source is not overloaded with three reads for each place, or with as many as before it was halved. */
const CROWD = 3;

type Seen = Pick<SourceRun, 'inside' | 'refusedAt' | 'askedAt'>;
type Source = Pick<Drawn, 'bears' | 'halving'>;

/**
 * Two seconds after a counting source begins to refuse, it refuses less than one read in twenty. Two seconds after a working
 * source is halved, no more reads wait in it than it can handle. Undefined if the source is not halved.
 */
export function overloadEnded({ bears, halving }: Source, run: Seen): boolean | undefined {
  const { from } = halving;
  if (from === Number.POSITIVE_INFINITY) return undefined;
  if ('rate' in bears) {
    const first = run.refusedAt.find((at) => at >= from) ?? from;
    const during = (times: readonly number[]) =>
      times.filter((at) => at >= first + SOON_MS && at < first + SOON_MS + THEN_MS).length;
    return during(run.refusedAt) <= during(run.askedAt) / 20 + 1;
  }
  const { places, allowed } = roomOf(bears.atOnce, from, run);
  return most(run, from + SOON_MS, from + SOON_MS + THEN_MS) / places <= allowed;
}

/**
 * Ms from the halving until the quickest limiter has ended the overload. Nobody can know of the halving before the time of one
 * read has passed. Then that limiter lets in no read, and the source works off the reads that are too many, on the places that
 * are left. A counting source tells by its first refusal, from which the two seconds count, so it is 0.
 */
export function quickestMs({ bears, halving }: Source, run: Seen): number | undefined {
  const { from } = halving;
  if (from === Number.POSITIVE_INFINITY) return undefined;
  if ('rate' in bears) return 0;
  const { places, allowed } = roomOf(bears.atOnce, from, run);
  const inside = run.inside[from / SAMPLE_MS] ?? 0;
  const tooMany = Math.max(0, inside - allowed * places);
  return tooMany === 0 ? 0 : bears.meanMs * (1 + tooMany / places);
}

/** The places after the halving, and the reads that may be inside for each. */
function roomOf(atOnce: number, from: number, run: Seen) {
  const before = most(run, from - THEN_MS, from) / atOnce;
  return { places: Math.max(1, Math.floor(atOnce / 2)), allowed: Math.max(CROWD, before) };
}

function most({ inside }: Seen, begin: number, end: number): number {
  return Math.max(...inside.slice(begin / SAMPLE_MS, end / SAMPLE_MS));
}
