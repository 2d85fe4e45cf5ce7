/** Executes an operator's commands to a key: resume, skip, migrate, forget, reset. */
import type { Stopped } from '../state.ts';
import type { Arrival, Parked } from './arrival.ts';
import { addDead, removeParked } from './draft.ts';
import { forgetKey, setState } from './forget.ts';
import type { Pass } from './pass.ts';
import { finishMessage, notePartly } from './progress.ts';
import { noteDelivery } from './proof.ts';
import { deadReading, setAsideWhole } from './set-aside.ts';
import { spend } from './wakes.ts';

/** Returns false if the command, or the rest of it, is left to the next fold. */
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

/** Migrate. The pass has migrated an older state already, so this only marks the draft as changed. */
function touch({ draft, input: { base }, pipeline }: Pass, word: Arrival): void {
  if (base?.state === undefined || base.stateVersion === pipeline.state.version) return;
  if (draft.unbegun === undefined) draft.changed = true;
  else setAsideWhole(draft, word, draft.unbegun.message);
}

/** Resume or skip. Neither has an effect on a key that runs, or that another reading has stopped since. */
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

/** The stop that the command names, if the key is still stopped there. */
function stoppedAt({ draft: { stopped } }: Pass, { message: { stop } }: Arrival): Stopped | undefined {
  return stopped?.receipt === stop?.receipt && stopped?.index === stop?.index ? stopped : undefined;
}

/** The parked message whose reading a skip sets aside. */
export function skippedBy(pass: Pass, word: Arrival): Parked | undefined {
  const stopped = word.message.kind === 'skip' ? stoppedAt(pass, word) : undefined;
  return stopped && pass.waiting.find(({ receipt }) => receipt === stopped.receipt);
}

/**
 * Finishes a message that has no readings left. It must not stay parked behind others until its place comes up: if its
 * skipped reading is redriven before that, it would look like a repeat.
 */
function leaveSkipped({ draft, input, ordering, waiting }: Pass, culprit: Parked): void {
  waiting.splice(waiting.indexOf(culprit), 1);
  removeParked(draft, culprit.place, waiting[0]?.place);
  draft.done.add(culprit.messageId);
  finishMessage(draft, culprit, false, input.known, ordering);
}
