/**
 * A source that refuses is closed for all environments: for the time that it names, and longer each time that it refuses
 * again.
 */
import { WAIT_MS_MAX } from './refusal.ts';
import type { Ask, SharedSource } from './shared-source.ts';

/** Where the source does not say for how long: a quarter of a second, then twice as long each time. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 300_000;
/** Refused again, one read asks whether it is open; if nothing is heard of that one for so long, the next one does. */
export const PROBE_MS = 2_000;

/** The shared item with what an environment reports of refusals and of reads that came back. */
export function hear(before: SharedSource, { now, report }: Ask): SharedSource {
  // Reads that were let in before the last closing tell what everybody knows.
  const isNews = (start: number) => start > before.closedAt;
  const served = report.done > 0 ? Math.max(before.served, report.doneStart) : before.served;
  const opened = report.done > 0 && isNews(report.doneStart);
  const closed = report.refused > 0 && isNews(report.refusedStart);
  const refusals = opened ? 0 : inARow(before, served);
  // A clock that was wrong closes nothing for longer than a source can.
  const known = Math.min(before.closedUntil, now + WAIT_MS_MAX);
  const saidUntil = report.refused > 0 ? now + report.refusedMs : 0;
  if (closed) {
    // What it says is believed the first time, however short it is.
    const isSaid = refusals === 0 && report.refusedMs > 0;
    const pauseMs = isSaid ? 0 : Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** refusals);
    const closedUntil = Math.max(known, saidUntil, now + pauseMs);
    const closing = { closedAt: now, closedBefore: before.closedAt, closedUntil };
    return { ...before, ...closing, served, refusals: refusals + 1, probedUntil: 0 };
  }
  const isOpen = opened && before.refusals > 0;
  return {
    ...before,
    served,
    refusals,
    closedUntil: Math.max(isOpen ? Math.min(known, now) : known, saidUntil),
    // Nobody waits for a probe beyond its time, even if the clock that it was written by was wrong.
    probedUntil: isOpen ? 0 : Math.min(before.probedUntil, now + PROBE_MS),
  };
}

/** A read that was let in between the last two closings and came back well: those two were not in a row. */
function inARow({ refusals, closedBefore }: SharedSource, served: number): number {
  return served > closedBefore ? Math.min(refusals, 1) : refusals;
}
