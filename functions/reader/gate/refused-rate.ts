/**
 * The rate after a refusal. A source that counts reads refuses when its quota is used up. So between two refusals it serves no
 * more reads than its rate allows, and a source that has not changed still allows the highest such rate that was seen.
 *
 * Above that proven rate, the rate falls in steps, because the source may have had quota saved up before. But if the source
 * refuses after a few reads at the proven rate, it has changed, and the rate falls by half at once.
 */
import type { Found } from './shared-source.ts';

export const HOLD_MS_MIN = 500;
export const HOLD_MS = 4_000;
const HOLD_MS_MAX = 60_000;
const BELOW = 0.98;
const RAISED = 0.97;
const NEAR = 0.15;
const CUT = 0.8;
/** If a rate had proved right and is refused again, the source has changed. The rate may then fall this far at once. */
const CUT_CHANGED = 0.5;
/** Value of `cuts`: the source has changed. */
export const CHANGED = 2;
/** The first refusal after a raise may come from reads that began during the raise, so it lowers the rate by little. */
const CUT_FIRST = 0.94;
const CUT_IN_SEARCH = 0.5;
/** How far two cuts may lower the rate towards the proven rate, if the source refuses soon. */
const CUTS_TO_PROVEN = [0.8, 0.7];
const READS_MIN = 3;
/** An interval of fewer reads, or a shorter one, proves nothing: reads that began before it count as its own. */
const PROVEN_READS = 40;
/** A rate this many times the proven rate counts as proven. */
const PROVEN_NEAR = 1.1;
/** A rate further above the proven rate than this tells nothing about a change: it may have been raised too far. */
const PROVEN_BY_FAR = 1.25;
/** A source that refuses after fewer reads than this refuses soon. */
const SOON_READS = 20;
/** A refusal after so few reads above the proven rate may come from reads that began a few milliseconds too early. */
const FEW_READS = 6;
/** A source that saves nothing refuses the second or third read if its rate fell by half. */
const NEXT_READ = 2.5;

type Next = Pick<Found, 'rate' | 'holdMs' | 'cuts' | 'proven'>;

/** `reached`: the rate at the time of the refusal, to which it was raised. */
export function rateAfter(found: Found, reached: number, now: number): Next {
  const { rate, holdMs, refusedAt } = found;
  const measured = measuredRate(found, now);
  if (rate === 0) return { rate: measured, holdMs: HOLD_MS_MIN, cuts: 0, proven: 0 };
  const proven = provenRate(found, now);
  if (now > refusedAt + holdMs) {
    // The rate was raised too far. If the source saves up no quota, the limit is here. If it had saved some, the limit is the
    // rate of the reads that succeeded, or the proven one if few were asked for. So the next rate lies in the middle.
    const middle = (reached + Math.min(reached, Math.max(measured, proven))) / 2;
    const proved = Math.abs(reached / rate - 1) < NEAR;
    const next = proved ? Math.min(HOLD_MS_MAX, holdMs * 2) : HOLD_MS;
    return { rate: BELOW * middle, holdMs: next, cuts: 0, proven };
  }
  // The rate was not raised, so the source had no quota saved up. It allows the rate of the reads that succeeded.
  const told = found.doneSince < READS_MIN ? 0 : BELOW * measured;
  const next = Math.max(lowestShare(found, proven, now) * rate, Math.min(RAISED * rate, told));
  const isSearch = holdMs === HOLD_MS_MIN;
  // A rate below the proven one is that of a source that has changed.
  const hasChanged = next < 0.9 * proven;
  const cuts = hasChanged || holdMs > HOLD_MS || found.cuts === CHANGED ? CHANGED : 1;
  return {
    rate: next,
    holdMs: isSearch ? HOLD_MS_MIN : HOLD_MS,
    cuts,
    proven: hasChanged ? 0 : proven,
  };
}

/** The part of the rate to which this refusal may lower it. */
function lowestShare(
  { rate, cuts, holdMs, refusedAt, closedMs, doneSince }: Found,
  proven: number,
  now: number,
) {
  if (holdMs === HOLD_MS_MIN) return CUT_IN_SEARCH;
  const usual = [CUT_FIRST, CUT][cuts] ?? CUT_CHANGED;
  if (proven === 0) return usual;
  // Reads that were let in since the source opened. With one read saved up, a source of rate r serves rate / (rate - r) of them.
  const letIn = 1 + (rate * Math.max(0, now - refusedAt - closedMs)) / 1000;
  if (letIn < NEXT_READ && rate < PROVEN_BY_FAR * proven)
    return Math.min(usual, Math.max(CUT_CHANGED, 1 - 1 / letIn));
  const isUneven = letIn < FEW_READS && rate > proven;
  if (isUneven || doneSince >= SOON_READS) return usual;
  if (rate <= PROVEN_NEAR * proven) return CUT_CHANGED;
  return Math.max(CUTS_TO_PROVEN[cuts] ?? CUT_CHANGED, Math.min(usual, (BELOW * proven) / rate));
}

/** The highest rate at which the source has served reads between two refusals, since it last changed. */
function provenRate({ refusedAt, doneSince, proven }: Found, now: number): number {
  const allMs = now - refusedAt;
  return doneSince < PROVEN_READS || allMs < HOLD_MS ? proven : Math.max(proven, (1000 * doneSince) / allMs);
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
