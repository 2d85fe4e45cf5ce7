/**
 * The backfill's share of a source. Both lanes use one shared item and take their turns from the same sequence. So
 * together they keep to the limits of the source, and a closed source is closed for both.
 *
 * The backfill also has a rate of its own, a part of the source's. A backfill read gets a turn only when it is due by
 * that rate, and only the next free one: later turns would lie between those of live reads and delay them.
 */
import type { Backfill, Lane } from '../../backfill.ts';
import type { Limits } from '../../limits.ts';
import type { GatePorts } from './gate-ports.ts';
import type { Ask, SharedSource } from './shared-source.ts';

/** Prefix in `holders` of environments that hold slots for the backfill. */
const HOLDER_PREFIX = 'backfill/';
/** While other reads wait, the backfill's rate is lower by this factor, so it hardly delays them and still goes on. */
const SLOWER = 10;
/** The time that the backfill may catch up on: about the time between two questions. */
const SAVED_MS = 200;
/** A due time further ahead than this and two reads comes from a wrong clock. */
const AHEAD_MS_MAX = 60_000;

/** The lane of a gate, and the most environments that the lane may have. */
export function laneLimits(
  name: Lane,
  limits: Pick<Limits, 'readersMax'>,
  backfill: Backfill | undefined,
): Pick<GatePorts, 'lane' | 'limits'> {
  if (backfill === undefined) return { limits };
  const { readersMax, share } = backfill;
  return { lane: { name, share }, limits: name === 'live' ? limits : { readersMax } };
}

export function holderOf(environment: string, isBackfill: boolean): string {
  return isBackfill ? `${HOLDER_PREFIX}${environment}` : environment;
}

/** The part of a source's rate that all environments of a lane may use together when they cannot reach the table. */
export function partAlone(lane: GatePorts['lane']): number {
  if (lane === undefined) return 1;
  return lane.name === 'live' ? 1 - lane.share : lane.share;
}

/** The backfill's share of all slots, less those that its other environments hold. */
export function slotsOfShare(
  all: number,
  share: number,
  others: SharedSource['holders'],
  running: number,
): number {
  const most = Math.max(1, Math.floor(all * share));
  const theirs = Object.entries(others)
    .filter(([name]) => name.startsWith(HOLDER_PREFIX))
    .reduce((sum, [, [slots]]) => sum + slots, 0);
  const ownPart = Math.min(running, Math.floor((most * running) / Math.max(1, running + theirs)));
  return Math.max(0, most - theirs, ownPart);
}

/** Epoch ms at which the next read of the backfill is due. `next` is the value in the item. */
export function dueOf(next: number, now: number, gapMs: number, othersWait: boolean): number {
  const due = next > now + AHEAD_MS_MAX + 2 * gapMs ? now : next;
  return Math.max(now - SAVED_MS, othersWait ? due + (SLOWER - 1) * gapMs : due);
}

/** Epoch ms up to which return times of the lane are booked. */
export function bookedOf({ booked, backfill }: SharedSource, { share }: Ask): number {
  return share === undefined ? booked : (backfill?.booked ?? 0);
}

/** `bookedTo` is undefined if no return times were booked. */
export function withBooked(
  shared: SharedSource,
  ask: Ask,
  bookedTo: number | undefined,
  due: number,
): Pick<SharedSource, 'backfill' | 'booked'> {
  const { booked, backfill } = shared;
  const own = bookedTo ?? bookedOf(shared, ask);
  return ask.share === undefined
    ? { booked: own, backfill }
    : { booked, backfill: { next: due, booked: own } };
}
