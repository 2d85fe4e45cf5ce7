/** One key of a replay: what was recorded for it, one after the other, and its wakes at the times that they were due. */
import { type FromQueue, fromQueue } from '../functions/compute/arrival.ts';
import { fold } from '../functions/compute/fold.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { decodeMessage, wakeMessage } from '../functions/readings.ts';
import type { KeyItem, PendingWake } from '../functions/state.ts';

export interface Folded {
  item: KeyItem | undefined;
  problem: string | undefined;
  /** Told the item behind each reading, and the message that brought it. Then readings are folded one by one. */
  readonly onReading?: (item: KeyItem, arrival: FromQueue) => void;
}

/** A schedule comes within the minute: a wake that asks for itself at once would otherwise never let time go on. */
const LATE_MS = 1_000;

/** Wakes that were due before the message was sent come before it. */
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
  // Behind the last that was taken in.
  const sequenceNumber = String(BigInt(item?.sequenceNumber || '0') + 1n);
  const incoming = {
    ...{ messageId: wake.id, receiptHandle: '', body, group, sequenceNumber },
    ...{ sentAt: at + LATE_MS, receiveCount: 1, attributes: {} },
  };
  return fromQueue(incoming, decodeMessage(body));
}

/** A fold may stop on its way, as it does before a commit becomes too large: what is left is for the next. */
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
      // Its receipts have served: each message comes once.
      folded.item = { ...commit.next, receipts: [] };
      folded.problem = commit.next.stopped?.reason ?? commit.dead.at(-1)?.reason ?? folded.problem;
      folded.onReading?.(folded.item, arrival);
    }
    if (taken === 1 || commit === undefined) return;
  }
}

/** The same on every replay: no fold is cut short by the time that it took. */
const STANDING_CLOCK = { now: () => 0, sleep: async () => {} };
