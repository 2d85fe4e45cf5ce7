/**
 * Finds the limits of an adaptive source: how many reads can run at once without slowing each other, and how many reads per
 * second the source accepts.
 *
 * A source that counts reads refuses when its quota is used up. So its rate is the number of successful reads between two
 * refusals, divided by the time that it was open. Weir then stays a little below this rate, for longer each time that the rate
 * proves right. After that it raises the rate, slowly at first and then faster, until the next refusal.
 */
import { afterSilence, judge } from './crowd.ts';
import { CHANGED, HOLD_MS, HOLD_MS_MIN, rateAfter } from './refused-rate.ts';
import type { Ask, Found, SharedSource } from './shared-source.ts';

const RAISE_MS = 2_000;
const SEARCH_MS = 1_500;
/** A rate so many times the reads that were asked for would tell nothing about the source. */
const ABOVE_FLOW = 1.3;
const ABOVE_FLOW_IN_SEARCH = 2;

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
    proven: 0,
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
  const most = (isSearch ? ABOVE_FLOW_IN_SEARCH : ABOVE_FLOW) * found.flow;
  return Math.max(found.rate, Math.min(raised, most));
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
  const cut = { ...found, ...rateAfter(found, pacedBy(found, now), now) };
  // Fewer reads at once, but as many as the rate needs.
  const needed = 1 + (1.5 * cut.rate * cut.baseMs) / 1000;
  return {
    ...cut,
    // Return times must not be booked far ahead at the rate of a source that has changed: it may change back.
    since: cut.cuts === CHANGED ? now : found.since,
    grows: 'slowly',
    limit: Math.max(1, Math.min(found.limit, Math.max(needed, held * 0.9))),
    refusedAt: now,
    doneSince: 0,
    closedMs: Math.max(0, heard.closedUntil - now),
  };
}
