/**
 * The turns of an environment's waiting reads in the rate of their source. A turn has an end: a read that comes later would begin
 * beside the reads whose turns follow, and the source would get more than its rate. The time of a missed turn passes unused.
 */
import type { SourceLimits } from '../../source.ts';
import { dueOf } from './share.ts';
import { type Ask, EVER, type Settled, type SharedSource } from './shared-source.ts';

interface Turns extends Pick<SharedSource, 'next'>, Pick<Settled, 'turns'> {
  /** Epoch ms at which the next read of a backfill is due. */
  readonly due: number;
  /** Number of the other reads that will get a turn within their patience. */
  readonly later: number;
}

/** An adaptive rate may change, so turns are given out at most this far ahead. Further reads keep waiting. */
const HORIZON_MS = 300;
/** A time in the item that is further ahead than this was written by a wrong clock. */
export const AHEAD_MS_MAX = 60_000;
/** How late a read may begin, as a part of the time between two reads: less than one, so a second has one read more at most. */
const LATE_PART = 0.9;
/** Every timer may be this late, or a quick source would lose turns all the time. It costs a hundredth of the rate. */
const LATE_MS_MIN = 10;

/** Evenly spaced, except `burst` at once after a pause, and none later than the reads will wait. */
export function turnsOf(
  shared: SharedSource,
  room: number,
  rate: number,
  { now, patienceMs, leadMs, share }: Ask,
  { burst = 1, concurrency }: SourceLimits,
): Turns {
  const { next, closedUntil, probedUntil } = shared;
  const opensAt = Math.max(now, closedUntil, probedUntil);
  const latest = now + patienceMs;
  const turns: { from: number; until: number }[] = [];
  const ownNext = share === undefined ? 0 : (shared.backfill?.next ?? 0);
  if (rate === Number.POSITIVE_INFINITY) {
    if (opensAt <= latest) for (let n = 0; n < room; n += 1) turns.push({ from: opensAt, until: EVER });
    return { turns, later: 0, next, due: ownNext };
  }
  const gapMs = 1000 / rate;
  const ownGapMs = gapMs / (share ?? 1);
  const lateMs = Math.max(LATE_MS_MIN, LATE_PART * gapMs);
  const earliest = Math.max(opensAt, now + leadMs);
  let free = Math.max(earliest, next > now + AHEAD_MS_MAX + gapMs ? now : next);
  let due = share === undefined ? 0 : dueOf(ownNext, now, ownGapMs, free > earliest);
  const horizon = concurrency === 'adaptive' ? earliest + HORIZON_MS : latest;
  while (turns.length < room && due <= now) {
    const from = Math.max(earliest, free - (burst - 1) * gapMs);
    if (from > Math.min(latest, horizon)) break;
    // What a burst allows before a read's even place is also allowed until then.
    turns.push({ from, until: free + lateMs });
    free += gapMs;
    if (share !== undefined) due += ownGapMs;
  }
  const nextDue = turns.length === 0 ? ownNext : due;
  const inTime = Math.max(0, Math.floor((latest - Math.max(free, nextDue)) / ownGapMs) + 1);
  const isLater = horizon < latest || share !== undefined;
  return {
    turns,
    later: isLater ? Math.min(room - turns.length, inTime) : 0,
    next: turns.length === 0 ? next : free,
    due: nextDue,
  };
}
