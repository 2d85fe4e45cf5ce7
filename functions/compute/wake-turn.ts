/** The effect of a message on the wakes of its key, before its readings are computed. */
import type { Arrival } from './arrival.ts';
import type { Pass } from './pass.ts';
import { askAgain, awaited, isEarly, putOff, type WakeMaker } from './wakes.ts';

/** Whether the message is a wake that came too early, which is scheduled again. Other messages reschedule overdue wakes. */
export function isPutOff(pass: Pass, arrival: Arrival): boolean {
  const { draft } = pass;
  const maker = wakeMaker(pass, arrival);
  const wake = awaited(arrival, draft.wakes);
  if (wake === undefined) {
    askAgain(draft, maker);
    return false;
  }
  draft.arrived.add(wake.id);
  const early = isEarly(arrival, wake);
  if (early) putOff(draft, wake, maker);
  return early;
}

export function wakeMaker({ draft, input }: Pass, { sentAt }: Arrival): WakeMaker {
  const { key, base, lineage } = input;
  const now = Math.max(draft.sentAt, sentAt);
  return { key, lineage: base?.lineage ?? lineage, version: (base?.version ?? 0) + 1, now };
}
