/**
 * A source that refuses a read is closed for all environments, for the time that it names. If it refuses again and again, each
 * closing lasts longer.
 */
import { WAIT_MS_MAX } from './refusal.ts';
import type { Ask, SharedSource } from './shared-source.ts';

/** If the source names no time, the first closing lasts this long, and each further one twice as long. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 300_000;
/** After repeated refusals, only one read, the probe, is let in. If it does not report within this time, the next one is. */
export const PROBE_MS = 2_000;

/** Returns the shared item after an environment's report of refused and successful reads. */
export function hear(before: SharedSource, { now, report }: Ask): SharedSource {
  // Results of reads that were let in before the last closing are not news.
  const isNews = (start: number) => start > before.closedAt;
  const served = report.done > 0 ? Math.max(before.served, report.doneStart) : before.served;
  const opened = report.done > 0 && isNews(report.doneStart);
  const closed = report.refused > 0 && isNews(report.refusedStart);
  const refusals = opened ? 0 : inARow(before, served);
  // A wrong clock must not close a source for longer than a source itself can.
  const known = Math.min(before.closedUntil, now + WAIT_MS_MAX);
  const saidUntil = report.refused > 0 ? now + report.refusedMs : 0;
  if (closed) {
    // At the first refusal the source's own time is used, however short it is.
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
    // No read waits for a probe for longer than PROBE_MS, even if a wrong clock wrote the time.
    probedUntil: isOpen ? 0 : Math.min(before.probedUntil, now + PROBE_MS),
  };
}

/** If a read that was let in between the last two closings succeeded, those two were not in a row. */
function inARow({ refusals, closedBefore }: SharedSource, served: number): number {
  return served > closedBefore ? Math.min(refusals, 1) : refusals;
}
