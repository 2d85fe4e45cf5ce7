/**
 * I19 gaps: a key passes a missing place only if its pipeline sets a time-out, not before that time, and
 * never a place that was there. A key that waits forever is found at rest (liveness).
 */
import { findDue, nextOf } from './check-order.ts';
import { isDealt, type KeyFacts, stopOf } from './facts.ts';
import type { Break, LandedCommit } from './landed-commit.ts';
import type { MessageFacts, Place, SlotFacts } from './message-facts.ts';

const MINUTE_MS = 60_000;

/** Everything that this commit handled: readings, wakes, and messages that it set aside whole. */
interface Taken {
  readonly taken: readonly (SlotFacts | string)[];
  readonly late: readonly MessageFacts[];
}

/** Call it before the commit's readings are checked: a place that the commit passed is no longer due. */
export function notePassed(
  facts: KeyFacts,
  { taken, late }: Taken,
  { before, after, mode, now }: LandedCommit,
  broken: Break,
): void {
  const { skipAfterMinutes, firstAfterMinutes = skipAfterMinutes } = mode;
  const minutes = nextOf(before).sequence === 1 ? firstAfterMinutes : skipAfterMinutes;
  if (minutes === undefined) return;
  const slots = new Set(taken.flatMap((one) => (typeof one === 'string' ? [] : [one.slot])));
  const next = nextOf(after);
  const { order } = facts;
  const isRipe = order.waits !== undefined && now >= order.waits.since + minutes * MINUTE_MS;
  // A message that was set aside whole may come from another read than its request's first message; that is
  // not a gap.
  if (!isRipe) for (const message of late) for (const { slot } of message.slots) slots.add(slot);
  const passed = missingUpTo(facts, next, slots);
  if (passed.length > 0 && !isRipe) {
    const waited = order.waits === undefined ? 'for nothing' : `${now - order.waits.since} ms`;
    broken('I19 gaps', `place ${passed[0]} was passed over before its time: it waited ${waited}`);
  }
  for (const place of passed) order.passed.add(place);
  for (const { place, identity, slots: own } of facts.parked.values()) {
    if (passed.includes(place.sequence) && place.chunk === 0 && !own.some(({ slot }) => slots.has(slot)))
      broken('I19 gaps', `message ${identity} was parked, and its place was passed over`);
  }
}

/** Places before that position that have not ended; for the position's own place, the messages before it. */
function missingUpTo(facts: KeyFacts, next: Place, taken: ReadonlySet<string>): number[] {
  const { order } = facts;
  const missing: number[] = [];
  for (let place = findDue(facts); place <= next.sequence; place += 1) {
    if (order.tombstones.has(place) || order.passed.has(place) || order.isHole(place)) continue;
    const chunks = order.turns.get(place) ?? new Map<number, MessageFacts>();
    const [some] = chunks.values();
    const upTo = place < next.sequence ? (some?.of ?? 1) : next.chunk;
    const isOver = (chunk: number) => {
      const message = chunks.get(chunk);
      const versions = message === undefined ? [] : (facts.versions.get(message.identity) ?? [message]);
      return versions.some(({ slots }) => slots.every(({ slot }) => taken.has(slot) || isDealt(facts, slot)));
    };
    if (Array.from({ length: upTo }, (_, chunk) => chunk).some((chunk) => !isOver(chunk)))
      missing.push(place);
  }
  return missing;
}

/**
 * Call it after each commit. The key has waited since this time at the earliest, and its item must not name
 * an earlier time.
 */
export function noteWait(facts: KeyFacts, { before, after }: LandedCommit): void {
  const { order, parked } = facts;
  if (parked.size === 0 || stopOf(after) !== undefined) {
    order.waits = undefined;
    return;
  }
  const due = findDue(facts);
  if (order.waits?.due === due) return;
  const first = Math.min(...[...parked.values()].map(({ sentAt }) => sentAt));
  order.waits = { due, since: Math.max(Number(before?.['sentAt']?.N ?? 0), first) };
}
