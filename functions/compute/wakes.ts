/**
 * The wakes of a key. The item alone decides which of them count: `wake` gets the message of a schedule only if the item
 * waits for this very wake. So a message that comes twice, or after its wake was cancelled, replaced or forgotten, has no
 * effect and needs no receipt. Deleting a schedule is only tidiness.
 */

import { wakeIn } from '../decode-readings.ts';
import { defined } from '../defined.ts';
import { PermanentError } from '../errors.ts';
import { kindOf } from '../kind-of.ts';
import { WAKE_OVERDUE_MS, WAKE_TAG_LENGTH_MAX, WAKES_PER_KEY_MAX } from '../limits.ts';
import { wakeIdOf } from '../message-ids.ts';
import { quoted } from '../shorten.ts';
import type { PendingWake } from '../state.ts';
import { sameTrace, type TraceContext } from '../trace-context.ts';
import type { Arrival } from './arrival.ts';
import type { Draft } from './draft.ts';

type Wakes = readonly PendingWake[];

/** A call of `wake` or `cancelWake`. `at` is epoch ms; undefined for a cancelled wake. */
export interface AskedWake {
  readonly tag: string;
  readonly at: number | undefined;
}

/** The parts of a schedule's id: the key, its lineage, and the version that this commit makes. */
export interface WakeMaker {
  readonly key: string;
  readonly lineage: string;
  readonly version: number;
  /** Send time of the newest message that the key has taken in: epoch ms, SQS's clock. */
  readonly now: number;
}

export const NO_WAKE =
  'compute asked for a wake, and the pipeline has none: add wake: (state, tag) => state to its definition';

/** Throws a PermanentError for impossible values: the reading is treated as if compute had thrown on it. */
export function checkAsked(at: unknown, tag: unknown): AskedWake {
  if (typeof at !== 'number' || !(at >= 0 && at <= LAST_MS)) {
    const shown = typeof at === 'number' ? 'a number that is not a time' : kindOf(at);
    throw new PermanentError(
      `wake was asked for at ${shown}: give epoch milliseconds, such as context.sentAt + 3_600_000`,
    );
  }
  return { tag: checkTag(tag), at: Math.ceil(at) };
}

export function checkTag(tag: unknown): string {
  if (typeof tag === 'string' && tag.length >= 1 && tag.length <= WAKE_TAG_LENGTH_MAX && tag.isWellFormed())
    return tag;
  const shown = typeof tag === 'string' ? `a string of ${tag.length} characters` : kindOf(tag);
  throw new PermanentError(`the tag of a wake is ${shown}: use 1 to ${WAKE_TAG_LENGTH_MAX} characters`);
}

/** The last second that a schedule can name: 9999-12-31T23:59:59Z. */
const LAST_MS = 253_402_300_799_000;

/** The key's wakes after these calls. Throws a PermanentError if there are too many. */
export function askFor(
  wakes: Wakes | undefined,
  asked: readonly AskedWake[],
  maker: WakeMaker,
  chain: string | undefined,
): Wakes | undefined {
  if (asked.length === 0) return wakes;
  let next = wakes ?? [];
  for (const { tag, at } of asked) {
    const known = next.find((wake) => wake.tag === tag);
    next = next.filter((wake) => wake !== known);
    if (at !== undefined) next = [...next, chained(wakeAt(tag, at, known, maker), chain, maker)];
  }
  if (next.length <= WAKES_PER_KEY_MAX) return next;
  throw new PermanentError(
    `a key would wait for ${next.length} wakes; at most ${WAKES_PER_KEY_MAX} are allowed: use fewer tags; the newest is ${quoted(next.at(-1)?.tag ?? '')}`,
  );
}

/** Gives the wakes that a reading asked for the trace of that reading. */
export function traced(
  wakes: Wakes | undefined,
  asked: readonly AskedWake[],
  trace: TraceContext | undefined,
): Wakes | undefined {
  if (asked.length === 0) return wakes;
  const tags = new Set(asked.map(({ tag }) => tag));
  return wakes?.map((wake) => {
    if (!tags.has(wake.tag) || sameTrace(wake.trace, trace)) return wake;
    const { trace: _, ...own } = wake;
    return { ...own, ...(trace && { trace }) };
  });
}

function wakeAt(tag: string, at: number, known: PendingWake | undefined, maker: WakeMaker): PendingWake {
  const isOnItsWay = known !== undefined && known.spent === undefined && known.from <= at;
  return isOnItsWay ? { ...known, at } : scheduled(tag, at, maker);
}

/**
 * A wake that comes at once continues the chain of its reading, or wakes could make an endless loop of requests. A wake that
 * was asked for at least a minute ahead starts without a chain, like a request of a timetable: time is its cause.
 */
function chained(wake: PendingWake, chain: string | undefined, { now }: WakeMaker): PendingWake {
  const { chain: _, ...anew } = wake;
  return chain !== undefined && wake.at < now + BEGINS_ANEW_MS ? { ...anew, chain } : anew;
}

const BEGINS_ANEW_MS = 60_000;

function scheduled(tag: string, at: number, { key, lineage, version, now }: WakeMaker): PendingWake {
  const from = Math.max(at, now);
  return { tag, at, id: wakeIdOf(key, lineage, version, { tag, at: from }), from };
}

/** The wake of the message; undefined if the key does not wait for it, or no longer waits. */
export function awaited({ message }: Arrival, wakes: Wakes | undefined): PendingWake | undefined {
  return wakes?.find(({ id }) => id === message.request);
}

/** Whether this is the message of the key's timer (gap.ts), which is not a wake of the pipeline. */
export function isTimer({ message }: Arrival, { gapTimer }: Pick<Draft, 'gapTimer'>): boolean {
  return message.kind === 'wake' && gapTimer?.id === message.request;
}

/** Whether the message came too early. Its scheduled time counts too: the scheduler's clock may be ahead of SQS's. */
export function isEarly({ message, sentAt }: Arrival, { at }: PendingWake): boolean {
  return at > Math.max(sentAt, wakeIn(message).at);
}

/** Gives a wake that was put off after its schedule was made a new schedule. */
export function putOff(draft: Draft, wake: PendingWake, maker: WakeMaker): void {
  const { chain, trace } = wake;
  replace(draft, wake, { ...scheduled(wake.tag, wake.at, maker), ...defined({ chain, trace }) });
}

export function takeWake(wakes: Wakes | undefined, wake: PendingWake): Wakes | undefined {
  return wakes?.filter((other) => other !== wake);
}

/** Marks a wake that was set aside. The key still accepts it after a redrive, unless the tag was asked for again. */
export function spend(draft: Draft, arrival: Arrival): void {
  const wake = awaited(arrival, draft.wakes);
  if (wake !== undefined) replace(draft, wake, { ...wake, spent: true });
}

/** Reschedules overdue wakes. When an item is restored to an earlier time, its schedules may have run and been deleted. */
export function askAgain(draft: Draft, maker: WakeMaker): void {
  for (const wake of draft.wakes ?? []) {
    if (wake.spent === undefined && wake.from + WAKE_OVERDUE_MS < maker.now) putOff(draft, wake, maker);
  }
}

function replace(draft: Draft, wake: PendingWake, by: PendingWake): void {
  draft.wakes = draft.wakes?.map((other) => (other === wake ? by : other));
  draft.changed = true;
}
