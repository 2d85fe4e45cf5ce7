/**
 * In request order a key waits for a missing place while later messages are parked. If the pipeline limits the wait, a
 * timer sends the key a message, as for a wake. Only that message skips the place, so a late request that comes before it
 * still has its turn. One commit skips the place and applies the messages that waited behind it.
 */

import { wakeIn } from '../decode-readings.ts';
import { WAKE_OVERDUE_MS } from '../limits.ts';
import { wakeIdOf } from '../message-ids.ts';
import type { Order } from '../pipeline.ts';
import { TIMER_TAG } from '../readings.ts';
import type { Position } from '../state.ts';
import type { Arrival } from './arrival.ts';
import type { Draft } from './draft.ts';
import { firstPlace } from './ordering.ts';
import type { Pass } from './pass.ts';

/** A key starts at the first place that its pipeline names. It does not wait for earlier places. */
export function beginAt(draft: Draft, { message: { start = 1 } }: Arrival): void {
  if (start > draft.next.sequence) draft.next = { sequence: start, chunk: 0 };
}

/** Handles the timer's message. It may be the timer of an earlier wait; then the key waits on, with a new timer. */
export function heedTimer({ draft }: Pass, arrival: Arrival): void {
  const { waiting, next } = draft;
  const now = Math.max(arrival.sentAt, wakeIn(arrival.message).at);
  draft.arrived.add(arrival.message.request);
  draft.gapTimer = undefined;
  draft.sentAt = Math.max(draft.sentAt, arrival.sentAt);
  draft.changed = true;
  if (waiting?.until === undefined || waiting.until > now) return;
  const { sequence, chunk } = firstPlace(draft.parkedFirst);
  // The first parked message may be a later one of a request whose first message is missing: a new wait starts for that.
  draft.next = sequence > next.sequence ? { sequence, chunk: 0 } : { sequence, chunk };
  draft.passed = { from: next.sequence, to: Math.max(next.sequence, sequence - 1) };
}

/** Call this after each message. Records which place the key waits for, and since when. */
export function noteWaiting({ draft, ordering, pipeline: { order } }: Pass): void {
  if (order.by === 'arrival') return;
  const { waiting, next, sentAt } = draft;
  const waits = draft.parked > 0 && draft.stopped === undefined && !ordering.isRunnable(draft);
  if (!waits) {
    draft.waiting = undefined;
    return;
  }
  const since = waiting !== undefined && isAt(waiting, next) ? waiting.since : sentAt;
  const waitMs = waitOf(order, next);
  draft.waiting = { ...next, since, ...(waitMs === undefined ? {} : { until: since + waitMs }) };
}

/** Call this at the end of a pass. Asks for a timer if the key needs one. */
export function setTimer({ draft, input }: Pass): void {
  const { waiting, sentAt: now, gapTimer } = draft;
  if (waiting?.until === undefined) return;
  const from = Math.max(waiting.until, now);
  // A timer that is long overdue was lost, for example because the item was restored to an earlier time.
  if (gapTimer !== undefined && gapTimer.from <= from && gapTimer.from + WAKE_OVERDUE_MS >= now) return;
  const { key, base } = input;
  const lineage = base?.lineage ?? input.lineage;
  const id = wakeIdOf(key, lineage, (base?.version ?? 0) + 1, { tag: TIMER_TAG, at: from });
  draft.gapTimer = { id, from };
  draft.changed = true;
}

/** The longest wait in ms; undefined if there is no limit. */
function waitOf(order: Order, { sequence, chunk }: Position): number | undefined {
  if (order.by === 'arrival') return undefined;
  const hasBegun = sequence > 1 || chunk > 0;
  return hasBegun ? order.skipAfterMs : (order.firstAfterMs ?? order.skipAfterMs);
}

function isAt(waiting: Position, { sequence, chunk }: Position): boolean {
  return waiting.sequence === sequence && waiting.chunk === chunk;
}
