/** Makes the answer to an environment's question, and the next item. Pure: depends only on item, question and limits. */
import { defined } from '../../defined.ts';
import type { SourceLimits } from '../../source.ts';
import { adapt, pacedBy } from './adapt.ts';
import { hear, PROBE_MS } from './closing.ts';
import { bookedOf, slotsOfShare, withBooked } from './share.ts';
import type { Ask, Found, Settled, SharedSource } from './shared-source.ts';
import { countIn } from './tally.ts';
import { AHEAD_MS_MAX, turnsOf } from './turns.ts';

export const LEASE_MS = 3_000;
const SPARE_MS = 1_000;
/** If reads still wait after an answer, their environment asks again after this time. */
export const RETRY_MS = 200;
/**
 * The furthest ahead that a return is booked. SQS hides a message for at most 12 hours.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
const BOOKED_MS_MAX = 11 * 3_600_000;
/** Returns to an adaptive source may always be booked at least this far ahead. */
const AHEAD_MS_MIN = 5_000;
/** Returns per second to a source whose rate is not known. */
const UNKNOWN_RATE = 50;

export function settle(before: SharedSource, ask: Ask, limits: SourceLimits): Settled {
  const { now, waiting, running, leaving } = ask;
  const heard = hear(before, ask);
  const found = limits.concurrency === undefined ? undefined : adapt(before, heard, ask);
  const paced = limits.concurrency === 'adaptive' ? pacedBy(found, now) : Number.POSITIVE_INFINITY;
  const rate = Math.min(limits.rate ?? Number.POSITIVE_INFINITY, paced);
  const others = othersOf(before, ask);
  // If the slots of this environment have expired, others may have them.
  const [, heldUntil = 0] = before.holders[ask.by] ?? [];
  const share = slotsLeft(limits, found, others, { ...ask, running: heldUntil > now ? running : 0 });
  const slots = Math.max(running, share);
  const probes = heard.refusals > 1 || (heard.refusals > 0 && rate === Number.POSITIVE_INFINITY);
  const room = Math.min(waiting, slots - running, probes ? 1 : waiting);
  const { turns, later, next, due } = turnsOf(heard, room, rate, ask, limits);
  // A read that only lacks a slot keeps waiting, because another read may end at any moment. A read that would start too late
  // goes back, because its turn is known.
  const stays = turns.length + later === room && !probes;
  const refusedEntry = stays ? 0 : waiting - turns.length - later;
  const back = bookFrom(heard, paceOfBook(rate, found, now), ask);
  const spare = refusedEntry === 0 ? 0 : ask.spare;
  const gone = leaving + refusedEntry + spare;
  const held = running + turns.length;
  const [probe] = probes ? turns : [];
  return {
    // All other reads wait for a probe, so it may be late.
    turns: probe === undefined ? turns : [{ from: probe.from, until: probe.from + PROBE_MS }],
    refusedEntry,
    back: {
      ...back,
      spare,
      until: Math.min(now + SPARE_MS, Math.max(now + RETRY_MS, Math.max(next, due) - ask.patienceMs)),
    },
    // If more reads run than the share allows, their slots are not used again.
    slots: share === Number.POSITIVE_INFINITY ? share : Math.min(share, held),
    askAt: ask.share === undefined ? 0 : Math.max(next, due),
    after: {
      version: before.version + 1,
      next,
      ...withBooked(heard, ask, gone === 0 ? undefined : back.from + gone * back.gapMs, due),
      closedUntil: heard.closedUntil,
      probedUntil: probe === undefined ? heard.probedUntil : probe.from + PROBE_MS,
      closedAt: heard.closedAt,
      closedBefore: heard.closedBefore,
      served: heard.served,
      refusals: heard.refusals,
      holders:
        held > 0 && slots !== Number.POSITIVE_INFINITY
          ? { ...others, [ask.by]: [held, now + LEASE_MS] }
          : others,
      found,
      given: defined({ rate: limits.rate, concurrency: limits.concurrency }),
      tally: countIn(before.tally, ask.report.refused, now),
    },
  };
}

/** The slots of other environments that have not expired. An expiry too far ahead was written by a wrong clock. */
function othersOf({ holders }: SharedSource, { by, now }: Ask): SharedSource['holders'] {
  return Object.fromEntries(
    Object.entries(holders).filter(
      ([name, [, until]]) => name !== by && until > now && until < now + AHEAD_MS_MAX,
    ),
  );
}

function slotsLeft(
  { concurrency }: SourceLimits,
  found: Found | undefined,
  others: SharedSource['holders'],
  { running: held, share }: Ask,
): number {
  if (concurrency === undefined) return Number.POSITIVE_INFINITY;
  const all = concurrency === 'adaptive' ? Math.floor(found?.limit ?? 1) : concurrency;
  const theirs = Object.values(others).reduce((sum, [slots]) => sum + slots, 0);
  // If the limit has fallen, all environments give up the same part of their slots.
  const ownPart = Math.min(held, Math.floor((all * held) / Math.max(1, held + theirs)));
  const left = Math.max(0, all - theirs, ownPart);
  return share === undefined ? left : Math.min(left, slotsOfShare(all, share, others, held));
}

/**
 * Books return times at the rate at which the source may be read, after those of earlier requests. If the book is full, it
 * starts again at the front, between the others.
 */
function bookFrom(shared: SharedSource, { perSecond, aheadMs }: Pace, ask: Ask) {
  const { now, patienceMs, leaving, waiting, share = 1 } = ask;
  const earliest = Math.max(now + patienceMs, Math.min(shared.closedUntil, now + BOOKED_MS_MAX));
  const gapMs = 1000 / (perSecond * share);
  const from = Math.max(earliest, bookedOf(shared, ask));
  const isFull = from + (leaving + waiting) * gapMs > earliest + aheadMs;
  return { from: isFull ? earliest : from, gapMs };
}

interface Pace {
  readonly perSecond: number;
  readonly aheadMs: number;
}

/** An adaptive rate may be wrong, so returns are booked ahead for at most half of the time that the source is known. */
function paceOfBook(rate: number, found: Found | undefined, now: number): Pace {
  if (found === undefined) return { perSecond: Math.min(rate, UNKNOWN_RATE), aheadMs: BOOKED_MS_MAX };
  const flow = found.flow > 0 ? Math.max(1, found.flow * 1.2) : UNKNOWN_RATE;
  const perSecond = Math.min(rate * 1.2, found.rate > 0 ? Math.max(flow, found.rate * 1.2) : flow);
  const knownMs = (now - found.since) / 2;
  return { perSecond, aheadMs: Math.max(AHEAD_MS_MIN, Math.min(BOOKED_MS_MAX, knownMs)) };
}
