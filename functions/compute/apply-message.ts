/** Applies the readings of one message to the draft, one after the other. */
import { PermanentError, reasonOf } from '../errors.ts';
import { applyReading } from './apply.ts';
import { type Arrival, takeReadings } from './arrival.ts';
import { noteTaken } from './commit-notes.ts';
import { addDead, readingsIn, resetState, type StateText } from './draft.ts';
import { isDue, type Pass, skipsAll } from './pass.ts';
import {
  closeMessage,
  finishMessage,
  isBegunByAnotherRead,
  isOfAnotherRead,
  notePartly,
} from './progress.ts';
import { deadReading, setAsideWhole } from './set-aside.ts';
import { encodeState } from './state-text.ts';
import { isPutOff, wakeMaker } from './wake-turn.ts';
import { awaited, spend } from './wakes.ts';

/** Thrown by a quick pass whose state cannot be kept: the fold must be repeated in careful mode. */
export class SpoiltState extends Error {}

const CHANGED = 'the source changed between two reads of its request';

export type Ending = 'whole' | 'partly' | 'stopped';

export function applyMessage(pass: Pass, arrival: Arrival): Ending {
  const { draft, input, ordering } = pass;
  if (isPutOff(pass, arrival)) return 'whole';
  if (isBegunByAnotherRead(draft, arrival)) {
    setAsideWhole(draft, arrival, CHANGED);
    return 'whole';
  }
  if (isOfAnotherRead(draft, arrival.message)) {
    setAsideWhole(draft, arrival, CHANGED);
    closeMessage(draft, arrival, input.known, ordering);
    return 'whole';
  }
  const before = readingsIn(draft);
  const { index, applied } = applyReadings(pass, arrival);
  if (pass.pipeline.history > 0) noteTaken(draft, arrival, readingsIn(draft) - before);
  draft.changed = true;
  draft.sentAt = Math.max(draft.sentAt, arrival.sentAt);
  if (index < arrival.message.readings.length) {
    notePartly(draft, arrival, index);
    return draft.stopped === undefined ? 'partly' : 'stopped';
  }
  finishMessage(draft, arrival, applied, input.known, ordering);
  return 'whole';
}

/** Returns the index of the first reading that is left, and whether any reading was applied. */
function applyReadings(pass: Pass, arrival: Arrival): { readonly index: number; readonly applied: boolean } {
  const { draft, pipeline } = pass;
  const { receipt } = arrival;
  const message = takeReadings(arrival);
  let index = draft.partly.find((part) => part.receipt === receipt)?.count ?? 0;
  let applied = false;
  for (; index < message.readings.length; index += 1) {
    if (readingsIn(draft) > 0 && isDue(pass)) break;
    const error = tryReading(pass, { ...arrival, message }, index);
    if (error === undefined) {
      applied = true;
      continue;
    }
    if (pipeline.poison === 'stop') {
      draft.stopped = { receipt, index, reason: reasonOf(error) };
      break;
    }
    addDead(draft, deadReading(arrival, index, reasonOf(error)), message.partial?.count ?? 1);
    spend(draft, arrival);
  }
  return { index, applied };
}

/** Computes one reading; returns the error that compute threw, if any. */
function tryReading(pass: Pass, arrival: Arrival, index: number): unknown {
  const { receipt, message, sentAt } = arrival;
  const { draft, input, mode, pipeline } = pass;
  if (skipsAll(pipeline, draft.kept && { ...draft.kept, forgotten: draft.forgotten })) {
    draft.skipped += message.partial?.count ?? 1;
    draft.lastSkip = 'the key was forgotten';
    return undefined;
  }
  try {
    if (draft.unbegun !== undefined) throw draft.unbegun;
    const condemned = input.condemned.get(`${receipt}:${index}`);
    if (condemned !== undefined) {
      pass.cut = true;
      throw new PermanentError(condemned);
    }
    pass.before?.(receipt, index);
    const wake = awaited(arrival, draft.wakes);
    const reading = { key: input.key, message, index, sentAt, wake, maker: wakeMaker(pass, arrival) };
    applyReading(pipeline, draft, reading, mode === 'careful');
    draft.kept = undefined;
    return undefined;
  } catch (error) {
    if (mode === 'quick') throw new SpoiltState();
    resetState(draft);
    return error ?? new PermanentError('compute threw an empty value');
  }
}

/** The state at the end of the pass, as the item stores it. */
export function stateText({ draft, input, mode, pipeline }: Pass): StateText {
  if (draft.kept !== undefined) return draft.kept;
  const stateVersion = pipeline.state.version;
  if (mode === 'careful' || !draft.changed) return { state: draft.checkpoint, stateVersion };
  try {
    return { state: encodeState(draft.state, input.key), stateVersion };
  } catch {
    throw new SpoiltState();
  }
}
