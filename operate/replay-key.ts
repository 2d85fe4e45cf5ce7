/** Replays one key: its recorded readings in order, and its wakes at the times at which they were due. */

import { wakeMessage } from '../functions/commands.ts';
import { type FromQueue, fromQueue } from '../functions/compute/arrival.ts';
import { fold } from '../functions/compute/fold.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import type { KeyItem, PendingWake } from '../functions/state.ts';

export interface Folded {
  item: KeyItem | undefined;
  problem: string | undefined;
  /** Called after each reading with the item and the message. Readings are then folded one by one. */
  readonly onReading?: (item: KeyItem, arrival: FromQueue) => void;
}

/**
 * A schedule fires within a minute. Without this delay, a wake that requests itself at once would stop time
 * from advancing.
 */
const LATE_MS = 1_000;

/** Wakes that were due before the message was sent are folded before it. */
export function takeIn(pipeline: Pipeline, key: string, folded: Folded, arrival: FromQueue): void {
  wakeUntil(pipeline, key, folded, arrival.sentAt);
  foldIn(pipeline, key, folded, arrival);
}

/** `until`: epoch ms. */
export function wakeUntil(pipeline: Pipeline, key: string, folded: Folded, until: number): void {
  for (;;) {
    const [wake] = (folded.item?.stopped === undefined ? (folded.item?.wakes ?? []) : [])
      .filter(({ spent }) => spent === undefined)
      .sort((a, b) => dueAt(a) - dueAt(b));
    if (wake === undefined || dueAt(wake) > until) return;
    foldIn(pipeline, key, folded, messageOf(key, wake, folded));
  }
}

function dueAt({ at, from }: PendingWake): number {
  return Math.max(at, from);
}

function messageOf(key: string, wake: PendingWake, { item }: Folded): FromQueue {
  const at = dueAt(wake);
  const { body, group } = wakeMessage(key, { ...wake, at });
  // The number after the last one that was folded.
  const sequenceNumber = String(BigInt(item?.sequenceNumber || '0') + 1n);
  const incoming = {
    ...{ messageId: wake.id, receiptHandle: '', body, group, sequenceNumber },
    ...{ sentAt: at + LATE_MS, receiveCount: 1, attributes: {} },
  };
  return fromQueue(incoming, decodeMessage(body));
}

/** A fold may stop before its commit becomes too large; the rest is folded next. */
function foldIn(pipeline: Pipeline, key: string, folded: Folded, arrival: FromQueue): void {
  for (;;) {
    const { commit, taken } = fold(pipeline, STANDING_CLOCK, {
      key,
      base: folded.item,
      lineage: 'replay',
      arrivals: [arrival],
      parked: [],
      known: { receipts: new Set(), places: new Set() },
      condemned: new Map(),
      ...(folded.onReading && { readingsMax: 1 }),
    });
    if (commit !== undefined) {
      // The receipts are no longer needed, because each message comes once.
      folded.item = { ...commit.next, receipts: [] };
      folded.problem = commit.next.stopped?.reason ?? commit.dead.at(-1)?.reason ?? folded.problem;
      folded.onReading?.(folded.item, arrival);
    }
    if (taken === 1 || commit === undefined) return;
  }
}

/**
 * A standing clock gives the same result on every replay: no fold stops early because of the time it took.
 */
const STANDING_CLOCK = { now: () => 0, sleep: async () => {} };
