/**
 * The fold: from one item and messages in their order to the next item. Pure: the same input gives the same commit.
 *
 * Readings are computed one after the other on a private copy of the state. If one throws, or makes a state that cannot be
 * kept, the copy is unusable. The fold then starts again in careful mode, which keeps the state as text after every
 * reading. So exactly the reading at fault is set aside, and all readings before and after it count.
 */

import type { Pipeline } from '../pipeline.ts';
import type { Clock, Passed } from '../ports.ts';
import { padSequenceNumber } from '../state.ts';
import type { Commit } from '../state-store.ts';
import { applyMessage, SpoiltState, stateText } from './apply-message.ts';
import type { Arrival } from './arrival.ts';
import { withNotes } from './commit-notes.ts';
import { addParked, hasParkedBefore, isWritten, readingsIn, removeParked } from './draft.ts';
import { finishDraft } from './finish-draft.ts';
import type { Before, FoldInput } from './fold-input.ts';
import { beginAt, heedTimer, noteWaiting, setTimer } from './gap.ts';
import { obey, skippedBy } from './operator-words.ts';
import { beginPass, isDue, judgeIn, type Pass } from './pass.ts';
import { mayBeRedelivery, noteDelivery } from './proof.ts';
import { setAsideWhole } from './set-aside.ts';
import type { Verdict } from './verdict.ts';

export interface Fold {
  /** Undefined if the messages have nothing new: all of them were applied before. */
  readonly commit: Commit | undefined;
  /** Number of arrivals, from the first, that are handled once the commit is made. */
  readonly taken: number;
  readonly readings: number;
  /** See Committed. */
  readonly numbersFell: number;
  readonly passed: Passed | undefined;
  /** Whether parked messages of the key may be taken up now. */
  readonly runnable: boolean;
}

/** Folds in a separate process. If compute ends that process, this one goes on. */
export type FoldApart = (input: FoldInput, timeoutMs: number) => Promise<Fold>;

export function fold(pipeline: Pipeline, clock: Clock, input: FoldInput, before?: Before): Fold {
  const start = { pipeline, clock, input, before };
  try {
    return run(beginPass(start, 'quick'));
  } catch (error) {
    if (error instanceof SpoiltState) return run(beginPass(start, 'careful'));
    throw error;
  }
}

/** Folds in careful mode from the start: each reading is computed once, and the state is encoded after each. */
export function foldCarefully(pipeline: Pipeline, clock: Clock, input: FoldInput, before?: Before): Fold {
  return run(beginPass({ pipeline, clock, input, before }, 'careful'));
}

function run(pass: Pass): Fold {
  const { draft, input, ordering } = pass;
  let taken = 0;
  let more = takeUpParked(pass);
  for (const arrival of input.arrivals) {
    // Parked messages come first. Those that were not loaded are left to the next fold.
    if (!more || ordering.isRunnable(draft) || !take(pass, arrival)) break;
    taken += 1;
    more = takeUpParked(pass) && !isDue(pass);
  }
  noteWaiting(pass);
  setTimer(pass);
  const made = finishDraft(draft, input.key, input.lineage, stateText(pass));
  const commit = made && withNotes(made, draft, pass.pipeline.history);
  return {
    commit,
    taken,
    readings: readingsIn(draft),
    numbersFell: draft.numbersFell,
    passed: draft.passed,
    runnable: ordering.isRunnable(draft),
  };
}

/** Takes up parked messages while it is their turn. Returns whether the pass may go on. */
function takeUpParked(pass: Pass): boolean {
  const { draft, waiting } = pass;
  for (;;) {
    const first = waiting[0];
    if (first === undefined || judgeIn(pass, first) === 'park') return true;
    if (hasParkedBefore(draft, first.place)) return true;
    if (draft.changed && isDue(pass)) return false;
    if (!take(pass, first)) return false;
    if (draft.stopped === undefined) waiting.shift();
  }
}

/** Handles a message. Returns false if the message, or the rest of it, is left to the next fold. */
function take(pass: Pass, arrival: Arrival): boolean {
  const { draft, input } = pass;
  noteWaiting(pass);
  beginAt(draft, arrival);
  const verdict = judgeIn(pass, arrival);
  if (writesTwice(pass, arrival, verdict)) return false;
  if (verdict !== 'done' && mayBeRedelivery(arrival, input.base)) draft.numbersFell += 1;
  if (verdict === 'control' && !obey(pass, arrival)) return false;
  if (verdict === 'late') setAsideWhole(draft, arrival, 'its turn in the sequence has passed');
  else if (verdict === 'timer') heedTimer(pass, arrival);
  else if (verdict === 'park') return park(pass, arrival);
  else if (verdict === 'apply') {
    const ending = applyMessage(pass, arrival);
    if (ending === 'partly') return false;
    if (ending === 'stopped') return park(pass, arrival);
  }
  // A redelivery writes nothing, so its parked copy may still be taken up in this draft.
  if (verdict !== 'done') draft.done.add(arrival.messageId);
  leave(pass, arrival);
  return true;
}

/** Whether handling the message would write an item that the draft already writes. */
function writesTwice(pass: Pass, arrival: Arrival, verdict: Verdict): boolean {
  const { draft, ordering } = pass;
  if (draft.park.length + draft.unpark.length + draft.dead.length === 0) return false;
  if (arrival.from === 'table') return isWritten(draft, arrival.messageId, arrival.place);
  if (verdict === 'done') return false;
  const culprit = verdict === 'control' ? skippedBy(pass, arrival) : undefined;
  if (culprit !== undefined) return writesTwice(pass, culprit, 'apply');
  return isWritten(draft, arrival.messageId, ordering.placeOf(arrival, draft));
}

/** Marks the message as handled. */
function leave({ draft, waiting }: Pass, arrival: Arrival): void {
  if (arrival.from === 'table') removeParked(draft, arrival.place, waiting[1]?.place);
  else draft.sequenceNumber = maxText(draft.sequenceNumber, padSequenceNumber(arrival.sequenceNumber));
}

/** Parks a message of the queue. A message of the table is parked already and stays. */
function park({ draft, ordering }: Pass, arrival: Arrival): true {
  if (arrival.from === 'table') return true;
  const { messageId, body, sentAt, attempts, sequenceNumber } = arrival;
  noteDelivery(draft, arrival);
  draft.done.add(messageId);
  addParked(draft, { place: ordering.placeOf(arrival, draft), messageId, body, sentAt, attempts });
  draft.sequenceNumber = maxText(draft.sequenceNumber, padSequenceNumber(sequenceNumber));
  return true;
}

function maxText(a: string, b: string): string {
  return a > b ? a : b;
}
