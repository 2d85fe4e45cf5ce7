/**
 * How much a source bears, found by reading it: as many reads at once as do not make each other slower, and as many a second
 * as it does not refuse.
 *
 * A source that counts reads refuses when its count is used up, so what came back well between two refusals, over the time
 * that it was open, is its rate. It is then held a little below that, for longer each time that it proves right, and
 * raised slowly at first and ever faster until the next refusal.
 */
import type { Ask, Found, Report, SharedSource } from './shared-source.ts';

const HOLD_MS_MIN = 500;
const HOLD_MS = 4_000;
const HOLD_MS_MAX = 60_000;
const BELOW = 0.98;
const RAISED = 0.95;
const NEAR = 0.15;
const CUT = 0.8;
const READS_MIN = 10;
const WINDOW_MS = 250;
const WINDOW_MS_MAX = 2_000;
const WINDOW_READS = 20;
/** Reads that take this many times their time alone are in each other's way. */
const TOLERANCE = 1.7;
const LIMIT_MAX = 1_000;

function newFound(now: number): Found {
  return {
    since: now,
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
  const doubled = 2 ** Math.min(30, raisedMs / 1_000);
  const raised = found.rate * (found.holdMs > HOLD_MS_MIN ? 1 + 0.01 * (doubled - 1) : doubled);
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
  const cut = { ...found, ...rateAfter(found, now) };
  return {
    ...cut,
    grows: 'slowly',
    limit: Math.max(1, Math.min(found.limit, Math.max(1, held) * 0.9)),
    refusedAt: now,
    doneSince: 0,
    closedMs: Math.max(0, heard.closedUntil - now),
  };
}

function rateAfter(found: Found, now: number): Pick<Found, 'rate' | 'holdMs'> {
  const since = found.refusedAt === 0 ? found.since : found.refusedAt;
  const openMs = Math.max(1, now - since - found.closedMs);
  const measured = Math.max(found.doneSince, 1) / (openMs / 1000);
  if (found.rate === 0) return { rate: Math.max(found.flow, measured), holdMs: HOLD_MS_MIN };
  if (now > found.refusedAt + found.holdMs) {
    // It was raised too far: that is where the limit is, unless the source had saved something up.
    const reached = pacedBy(found, now);
    const proved = Math.abs(reached / found.rate - 1) < NEAR;
    return { rate: reached * RAISED, holdMs: Math.min(HOLD_MS_MAX, proved ? found.holdMs * 2 : HOLD_MS) };
  }
  // Refused at a rate that was kept: nothing was saved up, and what came back well is what it allows.
  const told = found.doneSince < READS_MIN ? CUT * found.rate : BELOW * measured;
  const rate = Math.max(CUT * found.rate, Math.min(RAISED * found.rate, told));
  return { rate, holdMs: Math.max(HOLD_MS_MIN, Math.min(found.holdMs, HOLD_MS)) };
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
