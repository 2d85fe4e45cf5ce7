/**
 * Finds the limits of an adaptive source: how many reads can run at once without slowing each other, and how many reads per
 * second the source accepts.
 *
 * A source that counts reads refuses when its quota is used up. So its rate is the number of successful reads between two
 * refusals, divided by the time that it was open. Weir then stays a little below this rate, for longer each time that the rate
 * proves right. After that it raises the rate, slowly at first and then faster, until the next refusal.
 */
import { afterSilence, judge } from './crowd.ts';
import type { Ask, Found, SharedSource } from './shared-source.ts';

const HOLD_MS_MIN = 500;
const HOLD_MS = 4_000;
const HOLD_MS_MAX = 60_000;
const BELOW = 0.98;
const RAISED = 0.97;
const NEAR = 0.15;
const CUT = 0.8;
/** If a rate had proved right and is refused again, the source has changed. The rate may then fall this far at once. */
const CUT_CHANGED = 0.5;
const CHANGED = 2;
/** The first refusal after a raise may come from reads that began during the raise, so it lowers the rate by little. */
const CUT_FIRST = 0.94;
const CUT_IN_SEARCH = 0.5;
const READS_MIN = 3;
const RAISE_MS = 2_000;
const SEARCH_MS = 1_500;

export function newFound(now: number): Found {
  return {
    since: now,
    limit: 1,
    heardAt: 0,
    grows: 'fast',
    baseMs: 0,
    rate: 0,
    cuts: 0,
    holdMs: HOLD_MS,
    refusedAt: 0,
    doneSince: 0,
    closedMs: 0,
    window: { from: now, done: 0, ms: 0, timedOut: 0 },
    recent: { done: 0, meanMs: 0 },
    flow: 0,
  };
}

/** The rate at this time: reads per second. */
export function pacedBy(found: Found | undefined, now: number): number {
  if (found === undefined || found.rate === 0) return Number.POSITIVE_INFINITY;
  const raisedMs = Math.max(0, now - found.refusedAt - found.holdMs);
  const doubled = (ms: number) => 2 ** Math.min(30, raisedMs / ms);
  const isSearch = found.holdMs === HOLD_MS_MIN;
  const raised = found.rate * (isSearch ? doubled(SEARCH_MS) : 1 + 0.01 * (doubled(RAISE_MS) - 1));
  // A rate far above the demand would tell nothing about the source.
  return Math.max(found.rate, Math.min(raised, 2 * found.flow));
}

/** Returns the new limits. `heard` is the item after the report's refusals. */
export function adapt(before: SharedSource, heard: SharedSource, ask: Ask): Found {
  const { now, report } = ask;
  const found = afterSilence(before.found ?? newFound(now), ask, before.closedUntil);
  const counted = { ...found, doneSince: found.doneSince + report.done };
  const isRefused = heard.closedAt > before.closedAt;
  const held = ask.running + Object.values(before.holders).reduce((sum, [slots]) => sum + slots, 0);
  const paced = isRefused ? afterRefusal(counted, heard, held, now) : counted;
  return judge(paced, report, ask, held);
}

function afterRefusal(found: Found, heard: SharedSource, held: number, now: number): Found {
  const cut = { ...found, ...rateAfter(found, now) };
  // Fewer reads at once, but as many as the rate needs.
  const needed = 1 + (1.5 * cut.rate * cut.baseMs) / 1000;
  return {
    ...cut,
    grows: 'slowly',
    limit: Math.max(1, Math.min(found.limit, Math.max(needed, held * 0.9))),
    refusedAt: now,
    doneSince: 0,
    closedMs: Math.max(0, heard.closedUntil - now),
  };
}

function rateAfter(found: Found, now: number): Pick<Found, 'rate' | 'holdMs' | 'cuts'> {
  const { rate, holdMs, refusedAt } = found;
  const measured = measuredRate(found, now);
  if (rate === 0) return { rate: measured, holdMs: HOLD_MS_MIN, cuts: 0 };
  if (now > refusedAt + holdMs) {
    // The rate was raised too far, so the limit is here, unless the source had saved up some quota.
    const reached = pacedBy(found, now);
    const proved = Math.abs(reached / rate - 1) < NEAR;
    const next = proved ? Math.min(HOLD_MS_MAX, holdMs * 2) : HOLD_MS;
    return { rate: RAISED * reached, holdMs: next, cuts: 0 };
  }
  // The rate was not raised, so the source had no quota saved up. It allows the rate of the reads that succeeded.
  const isSearch = holdMs === HOLD_MS_MIN;
  const lowest = isSearch ? CUT_IN_SEARCH : ([CUT_FIRST, CUT][found.cuts] ?? CUT_CHANGED);
  const told = found.doneSince < READS_MIN ? 0 : BELOW * measured;
  const next = Math.max(lowest * rate, Math.min(RAISED * rate, told));
  const cuts = holdMs > HOLD_MS || found.cuts === CHANGED ? CHANGED : 1;
  return { rate: next, holdMs: isSearch ? HOLD_MS_MIN : HOLD_MS, cuts };
}

/**
 * Successful reads per second since the last refusal. It is not known whether the source saves up quota while it is closed. If
 * it was closed for a large part of the time, assume that it does. Otherwise the difference is small.
 */
function measuredRate({ refusedAt, since, closedMs, doneSince }: Found, now: number): number {
  const allMs = Math.max(1, now - (refusedAt === 0 ? since : refusedAt));
  const openMs = Math.max(1, allMs - closedMs);
  return Math.max(1, doneSince) / ((openMs > 5 * closedMs ? openMs : allMs) / 1000);
}
