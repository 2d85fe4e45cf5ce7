/** An operator's commands to a key, in a fold: resume, skip, migrate, forget, reset. */
import type { Stopped } from '../state.ts';
import type { Arrival, Parked } from './arrival.ts';
import { addDead, removeParked } from './draft.ts';
import { forgetKey, setState } from './forget.ts';
import type { Pass } from './pass.ts';
import { finishMessage, notePartly } from './progress.ts';
import { noteDelivery } from './proof.ts';
import { deadReading, setAsideWhole } from './set-aside.ts';
import { spend } from './wakes.ts';

/** Returns false when the command, or the rest of it, is left to the next fold. */
export function obey(pass: Pass, word: Arrival): boolean {
  const { draft, input, pipeline } = pass;
  const { kind, to } = word.message;
  if (kind === 'resume' || kind === 'skip') steer(pass, word);
  else if (kind === 'migrate') touch(pass, word);
  else {
    if (draft.changed) return false;
    pass.cut = true;
    if (to === undefined) {
      const dead = input.dead ?? { copies: [], complete: true };
      return forgetKey(draft, word, { parked: pass.waiting, dead, after: pipeline.afterForget });
    }
    const problem = setState(draft, word, to, pipeline.state.version);
    if (problem !== undefined) setAsideWhole(draft, word, problem);
  }
  return true;
}

/** The state was migrated when the pass began, if it was of an older version. */
function touch({ draft, input: { base }, pipeline }: Pass, word: Arrival): void {
  if (base?.state === undefined || base.stateVersion === pipeline.state.version) return;
  if (draft.unbegun === undefined) draft.changed = true;
  else setAsideWhole(draft, word, draft.unbegun.message);
}

/** A command for a stopped key. It has no effect on a key that runs, or that was stopped by another reading since. */
function steer(pass: Pass, word: Arrival): void {
  const { draft } = pass;
  const stopped = stoppedAt(pass, word);
  if (stopped === undefined) return;
  const culprit = skippedBy(pass, word);
  draft.stopped = undefined;
  draft.changed = true;
  noteDelivery(draft, word);
  if (culprit === undefined) return;
  addDead(draft, deadReading(culprit, stopped.index, stopped.reason), culprit.message.partial?.count ?? 1);
  spend(draft, culprit);
  notePartly(draft, culprit, stopped.index + 1);
  if (stopped.index + 1 >= culprit.message.readings.length) leaveSkipped(pass, culprit);
}

/** The stop that the command names, if the key is stopped there. */
function stoppedAt({ draft: { stopped } }: Pass, { message: { stop } }: Arrival): Stopped | undefined {
  return stopped?.receipt === stop?.receipt && stopped?.index === stop?.index ? stopped : undefined;
}

/** The parked message whose reading the command sets aside. */
export function skippedBy(pass: Pass, word: Arrival): Parked | undefined {
  const stopped = word.message.kind === 'skip' ? stoppedAt(pass, word) : undefined;
  return stopped && pass.waiting.find(({ receipt }) => receipt === stopped.receipt);
}

/**
 * Nothing of the message is left to do. It may not lie behind others until its place comes up: the reading, redriven
 * by then, would be taken for a repeat of it.
 */
function leaveSkipped({ draft, input, ordering, waiting }: Pass, culprit: Parked): void {
  waiting.splice(waiting.indexOf(culprit), 1);
  removeParked(draft, culprit.place, waiting[0]?.place);
  draft.done.add(culprit.messageId);
  finishMessage(draft, culprit, false, input.known, ordering);
}
