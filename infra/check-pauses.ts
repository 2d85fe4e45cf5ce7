/**
 * Refuses, at synth, pauses that cannot be kept: a pause longer than what waits is kept, and two pauses of one mapping that
 * meet. The end of one would resume what the other still pauses.
 */
import type { Schedule } from './schedule.ts';

export interface Times {
  /** The pause in an error: `pauses[0] of reads`. */
  readonly what: string;
  readonly from: Schedule;
  readonly to: Schedule;
}

interface Span {
  readonly what: string;
  /** Epoch ms. */
  readonly begins: number;
  readonly ends: number;
}

const HOUR_MS = 3_600_000;
/** How many future beginnings are checked: at least a year of daily pauses. */
const LOOKED_AT = 400;

/** The next pauses of a schedule, each no longer than `longestMs`. */
export function spansOf({ what, from, to }: Times, longestMs: number, now: number): Span[] {
  if (from.everyMs !== undefined || to.everyMs !== undefined) {
    throw new Error(`${what}: a rate has no time of day, write cron(...) for both ends`);
  }
  const spans: Span[] = [];
  let begins = from.next(now);
  while (begins !== undefined && spans.length < LOOKED_AT) {
    const ends = to.next(begins);
    if (ends === undefined || ends - begins > longestMs) {
      throw new Error(
        `${what}: the pause of ${at(begins)} ${ends === undefined ? 'never ends' : `ends ${at(ends)}`}; at most ` +
          `${longestMs / HOUR_MS} hours are allowed: what waits is not kept for longer`,
      );
    }
    spans.push({ what, begins, ends });
    begins = from.next(begins);
  }
  return spans;
}

/** `spans` are the pauses of one mapping. */
export function checkApart(spans: readonly Span[]): void {
  const sorted = spans.toSorted((a, b) => a.begins - b.begins || a.ends - b.ends);
  let last: Span | undefined;
  for (const later of sorted) {
    const earlier = last;
    if (earlier === undefined || later.begins > earlier.ends) {
      last = later;
      continue;
    }
    if (later.ends > earlier.ends) last = later;
    // Equal spans end together. And a schedule may begin more often than it ends: it pauses again what is paused.
    const isEqual = later.begins === earlier.begins && later.ends === earlier.ends;
    if (isEqual || (later.what === earlier.what && later.begins < earlier.ends)) continue;
    throw new Error(
      later.what === earlier.what
        ? `${later.what} begins again at ${at(later.begins)}, when it ends: its schedules could take effect in either order; leave a minute between them`
        : `${later.what} begins at ${at(later.begins)}, and ${earlier.what} ends at ${at(earlier.ends)}: the end of one would resume what the other pauses; make one pause of both, or leave a minute between them`,
    );
  }
}

function at(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
