/**
 * Finds how many reads at once a source can handle, from the time that reads take. Windows of up to two seconds judge a limit
 * that is about right. If the source suddenly becomes much slower, the first few slow reads lower the limit at once.
 */
import type { Ask, Found, Report } from './shared-source.ts';

const WINDOW_MS = 250;
const WINDOW_MS_MAX = 2_000;
const WINDOW_READS = 20;
/** If reads take more than this many times `baseMs`, they slow each other down. */
const TOLERANCE = 1.7;
/** The number of recent reads whose mean time is watched. A few reads are enough to see that a limit is far too high. */
const RECENT_READS = 4;
const RECENT_READS_MIN = 3;
const CROWD = 1.35 * TOLERANCE;
/** A read that still runs will take longer than it has so far. It counts as one that took this many times as long. */
const LATE = 1.5;
/** The longest time after a cut in which reads are not judged, because many began under the old limit. */
const QUIET_MS_MAX = 10_000;
const SILENT_MS_MIN = 1_000;
/** The limit is raised only if this part of it was in use, as the mean over the window. */
const TRIED = 0.2;
const LIMIT_MAX = 1_000;
/** The highest flow of a window counts for this part of itself after each further window. */
const FADES = 0.97;

/** Returns the limits after a report. Judges reads in windows, but cuts a limit that is far too high at once. */
export function judge(found: Found, report: Report, { now, waiting, share }: Ask, held: number): Found {
  // A wrong clock must not delay the next judgment for longer than a cut does.
  const from = Math.min(found.window.from, now + QUIET_MS_MAX);
  if (now < from) return { ...found, window: { ...found.window, from } };
  const window = {
    from,
    done: found.window.done + report.done,
    ms: found.window.ms + report.doneMs,
    timedOut: found.window.timedOut + report.timedOut,
  };
  const recent = recentAfter(found.recent, report);
  if (found.limit > 1 && recent.done >= RECENT_READS_MIN && recent.meanMs > CROWD * found.baseMs)
    return fewer(found, recent.meanMs / (TOLERANCE * found.baseMs), recent.meanMs, now);
  const ageMs = now - from;
  const enough = found.grows === 'fast' ? 2 + found.limit : Math.max(WINDOW_READS, 2 * found.limit);
  const isFull = ageMs >= WINDOW_MS && window.done >= enough;
  if (!isFull && ageMs < WINDOW_MS_MAX && !(window.timedOut > 0 && ageMs >= WINDOW_MS))
    return { ...found, window, recent };
  const flow = Math.max(window.done / (Math.max(1, ageMs) / 1000), found.flow * FADES);
  const next = { ...found, flow, recent, window: { from: now, done: 0, ms: 0, timedOut: 0 } };
  if (window.timedOut > window.done / 20)
    return { ...next, grows: 'slowly', limit: Math.max(1, found.limit / 2) };
  if (window.done === 0) return next;
  const meanMs = window.ms / window.done;
  const judged = { ...next, baseMs: baseAfter(found, meanMs) };
  const slower = meanMs / (TOLERANCE * judged.baseMs);
  if (slower > 1) return fewer(judged, slower, meanMs, now);
  // Reads of the backfill that wait for its share do not show that the source is full.
  const wanted = (waiting > 0 && share === undefined) || held >= found.limit * 0.8;
  // An environment that died still holds slots, so few reads can show nothing about the limit. A rate keeps reads apart.
  const tried = found.rate > 0 || window.ms >= TRIED * found.limit * ageMs;
  const more = found.grows === 'fast' ? found.limit : Math.max(1, found.limit * 0.05);
  return wanted && tried ? { ...judged, limit: Math.min(LIMIT_MAX, found.limit + more) } : judged;
}

/**
 * If no read came back for long, nobody knows what the source bears now, and reads of a dead environment may still be in it. A
 * source with a rate tells by refusing.
 */
export function afterSilence(found: Found, { now, report }: Ask, openSince: number): Found {
  const { heardAt, baseMs, limit, rate } = found;
  if (report.done > 0) return { ...found, heardAt: now };
  const isSilent = heardAt > 0 && now > Math.max(heardAt, openSince) + Math.max(SILENT_MS_MIN, 3 * baseMs);
  return isSilent && rate === 0 ? { ...found, heardAt: 0, limit: Math.max(1, limit / 2) } : found;
}

/** Cuts the limit. Reads that are already running began under the old limit and do not count against the new one. */
function fewer(found: Found, slower: number, meanMs: number, now: number): Found {
  const from = now + Math.min(meanMs, QUIET_MS_MAX);
  return {
    ...found,
    grows: 'slowly',
    limit: Math.max(1, found.limit * Math.max(0.5, 1 / slower)),
    window: { from, done: 0, ms: 0, timedOut: 0 },
    recent: { done: 0, meanMs: 0 },
  };
}

/** Epoch ms at which a running read that began at `start` shows that too many run; Infinity if that is not known. */
export function lateAt(start: number, found: Found | undefined): number {
  if (found === undefined || found.baseMs === 0 || found.limit < 2) return Number.POSITIVE_INFINITY;
  return Math.max(start + CROWD * found.baseMs + 1, found.window.from);
}

/** The mean time of about the last RECENT_READS reads. */
function recentAfter({ done, meanMs }: Found['recent'], report: Report): Found['recent'] {
  const news = report.done + report.late;
  if (news === 0) return { done, meanMs };
  const reads = Math.min(RECENT_READS, done + news);
  const share = Math.min(1, news / reads);
  return { done: reads, meanMs: meanMs + ((report.doneMs + LATE * report.lateMs) / news - meanMs) * share };
}

/** Moves quickly to a faster mean, and to the mean of reads that run one at a time. Any other slower mean counts little. */
function baseAfter({ baseMs, limit }: Found, meanMs: number): number {
  if (baseMs === 0) return meanMs;
  const share = meanMs < baseMs || limit < 2 ? 0.3 : 0.001;
  return baseMs + (meanMs - baseMs) * share;
}
