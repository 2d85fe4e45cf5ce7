/**
 * How much a source bears, found by reading it: as many reads at once as do not make each other slower, and as many a second
 * as it does not refuse.
 *
 * A source that counts reads refuses when its count is used up, so what came back well between two refusals, over the time
 * that it was open, is its rate. It is then held a little below that, for longer each time that it proves right, and
 * raised slowly at first and ever faster until the next refusal.
 */
import type { Ask, Found, Report, SharedSource } from './shared-source.ts';

const HOLD_MS = 4_000;
const HOLD_MS_MAX = 30_000;
const BELOW = 0.98;
/** Refused again at once: that was no measurement, the source has become slower. */
const AGAIN_MS = 1_000;
const CUT = 0.7;
const WINDOW_MS = 250;
const WINDOW_MS_MAX = 2_000;
const WINDOW_READS = 20;
/** Reads that take this many times their time alone are in each other's way. */
const TOLERANCE = 1.7;
const LIMIT_MAX = 1_000;

function newFound(now: number): Found {
  return {
    limit: 1,
    grows: 'fast',
    baseMs: 0,
    rate: 0,
    holdMs: HOLD_MS,
    refusedAt: 0,
    doneSince: 0,
    closedMs: 0,
    window: { from: now, done: 0, ms: 0, timedOut: 0 },
    flow: 0,
  };
}

/** Reads a second at this time. */
export function pacedBy(found: Found | undefined, now: number): number {
  if (found === undefined || found.rate === 0) return Number.POSITIVE_INFINITY;
  const raisedMs = Math.max(0, now - found.refusedAt - found.holdMs);
  const raised = found.rate * (1 + 0.01 * (2 ** Math.min(30, raisedMs / 1_000) - 1));
  // Not far above what is asked for: more would say nothing of the source.
  return Math.max(found.rate, Math.min(raised, 2 * found.flow));
}

/** `heard` is the item with the report's refusals in it. */
export function adapt(before: SharedSource, heard: SharedSource, ask: Ask): Found {
  const { now, report } = ask;
  const found = before.found ?? newFound(now);
  const counted = { ...found, doneSince: found.doneSince + report.done };
  const isRefused = heard.closedAt > before.closedAt;
  const held = ask.running + Object.values(before.holders).reduce((sum, [slots]) => sum + slots, 0);
  const paced = isRefused ? afterRefusal(counted, heard, held, now) : counted;
  return judge(paced, report, ask, held);
}

function afterRefusal(found: Found, heard: SharedSource, held: number, now: number): Found {
  const since = found.refusedAt === 0 ? found.window.from : found.refusedAt;
  const openMs = Math.max(1, now - since - found.closedMs);
  const again = found.refusedAt > 0 && openMs < AGAIN_MS;
  const measured = Math.max(found.doneSince, 0.5) / (openMs / 1000);
  const rate = again ? found.rate * CUT : BELOW * measured;
  const proved = found.rate > 0 && Math.abs(measured / found.rate - 1) < 0.15;
  return {
    ...found,
    rate,
    grows: 'slowly',
    limit: Math.max(1, Math.min(found.limit, Math.max(1, held) * 0.9)),
    holdMs: proved ? Math.min(HOLD_MS_MAX, found.holdMs * 2) : HOLD_MS,
    refusedAt: now,
    doneSince: 0,
    closedMs: Math.max(0, heard.closedUntil - now),
  };
}

/** Looks at the time that reads took, a window at a time. */
function judge(found: Found, report: Report, { now, waiting }: Ask, held: number): Found {
  const window = {
    from: found.window.from,
    done: found.window.done + report.done,
    ms: found.window.ms + report.doneMs,
    timedOut: found.window.timedOut + report.timedOut,
  };
  const ageMs = now - window.from;
  const isFull = ageMs >= WINDOW_MS && window.done >= Math.max(WINDOW_READS, 2 * found.limit);
  if (!isFull && ageMs < WINDOW_MS_MAX && !(window.timedOut > 0 && ageMs >= WINDOW_MS))
    return { ...found, window };
  const next = { from: now, done: 0, ms: 0, timedOut: 0 };
  const flow = window.done / (Math.max(1, ageMs) / 1000);
  if (window.timedOut > window.done / 20)
    return { ...found, window: next, flow, grows: 'slowly', limit: Math.max(1, found.limit / 2) };
  if (window.done === 0) return { ...found, window: next, flow };
  const meanMs = window.ms / window.done;
  const baseMs =
    found.baseMs === 0
      ? meanMs
      : found.baseMs + (meanMs - found.baseMs) * (meanMs < found.baseMs ? 0.3 : 0.01);
  const slower = meanMs / (TOLERANCE * baseMs);
  const used = waiting > 0 || held >= found.limit * 0.8;
  let { limit, grows } = found;
  if (slower > 1) {
    grows = 'slowly';
    limit = Math.max(1, limit * Math.max(0.5, 1 / slower));
  } else if (used) {
    limit = grows === 'fast' ? limit * 2 : limit + Math.max(1, limit * 0.05);
  }
  return { ...found, window: next, flow, baseMs, grows, limit: Math.min(LIMIT_MAX, limit) };
}
