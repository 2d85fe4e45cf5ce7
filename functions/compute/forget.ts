/**
 * An operator's commands about the state of a key: forget and reset. Each is a commit of its own. So earlier messages of
 * the queue are committed before it, and later ones start from its result.
 */
import { NewerFormatError, reasonOf } from '../errors.ts';
import { DROPPED_PER_COMMIT_MAX, HISTORY_MAX } from '../limits.ts';
import { droppedReceiptOf, receiptOf } from '../message-ids.ts';
import type { AfterForget } from '../pipeline.ts';
import { decodeMessage, type ResetTo } from '../readings.ts';
import type { DeadCopies, HistoryEntry } from '../state.ts';
import type { Arrival, Parked } from './arrival.ts';
import { addReceipt, type Draft, removeParked } from './draft.ts';
import { encodeState } from './state-text.ts';

/** What a forget takes along. */
export interface Forgettable {
  /** The first of the key's parked messages. */
  readonly parked: readonly Parked[];
  readonly dead: DeadCopies;
  readonly after: AfterForget;
}

/**
 * Returns false while there is more to drop than fits one commit: the command stays in the queue, in front of later
 * messages, and continues when it is delivered again. The state is removed last, so a forget that was interrupted is an
 * ordinary redelivery.
 *
 * What is dropped leaves a receipt, so that no repeat and no redrive of it begins the key anew. It is one of its own kind:
 * nobody may take it for applied.
 */
export function forgetKey(draft: Draft, word: Arrival, { parked, dead, after }: Forgettable): boolean {
  draft.changed = true;
  dropDead(draft, dead);
  if (!dead.complete) return false;
  const room = DROPPED_PER_COMMIT_MAX - draft.undead.length;
  const dropped = parked.slice(0, room);
  dropped.forEach(({ receipt, place }, index) => {
    addReceipt(draft, droppedReceiptOf(receipt));
    removeParked(draft, place, parked[index + 1]?.place);
  });
  if (draft.parked > 0) return false; // Still stopped, if it was: what is left must not be taken up.
  // The rest of a message that was cut must not begin the key anew.
  for (const { receipt } of draft.partly) addReceipt(draft, droppedReceiptOf(receipt));
  draft.partly = [];
  draft.stopped = undefined;
  draft.lastSkip = '';
  draft.wakes = draft.wakes && [];
  draft.next = behind(draft, dropped.at(-1));
  draft.unbegun = undefined;
  draft.kept = { state: undefined, stateVersion: 1 };
  const entry = entryOf(draft, word, 'forget');
  draft.forgotten = { version: entry.version, at: entry.at, after };
  draft.history = [entry];
  noteWord(draft, word);
  return true;
}

function dropDead(draft: Draft, { copies }: DeadCopies): void {
  for (const { id, body } of copies) {
    draft.undead.push(id);
    const receipt = receiptIn(body);
    if (receipt !== undefined) addReceipt(draft, droppedReceiptOf(receipt));
  }
}

/** Undefined for what Weir did not write. */
function receiptIn(body: string): string | undefined {
  try {
    return receiptOf(decodeMessage(body));
  } catch {
    return undefined;
  }
}

/** In request order the turns of what was dropped are over, and with them all before. */
function behind({ next }: Draft, last: Parked | undefined): Draft['next'] {
  const { sequence = 0 } = last?.message ?? {};
  return sequence < next.sequence ? next : { sequence: sequence + 1, chunk: 0 };
}

/** Returns why the word cannot be obeyed, if it cannot. */
export function setState(draft: Draft, word: Arrival, to: ResetTo, version: number): string | undefined {
  const { stateVersion } = to;
  if (stateVersion > version) {
    throw new NewerFormatError(
      `a reset to a state of version ${stateVersion}, this build knows ${version}: it waits for a build that knows it`,
    );
  }
  if (stateVersion < version) {
    return `a reset to a state of version ${stateVersion}, and the states of this build have version ${version}: say it again`;
  }
  try {
    const state: unknown = JSON.parse(to.state);
    draft.checkpoint = encodeState(state, word.message.key);
    draft.state = state;
  } catch (error) {
    return `a reset to a value that cannot be a state: ${reasonOf(error)}`;
  }
  draft.unbegun = undefined;
  draft.kept = undefined;
  draft.history = [...draft.history, entryOf(draft, word, 'reset')].slice(-HISTORY_MAX);
  draft.changed = true;
  noteWord(draft, word);
  return undefined;
}

function entryOf({ base }: Draft, { message, sentAt }: Arrival, word: HistoryEntry['word']): HistoryEntry {
  const { request: id, reason = '' } = message;
  return { word, version: (base?.version ?? 0) + 1, at: sentAt, id, reason };
}

/** A word about the state leaves its own receipt: sent again, under another SQS message, it means nothing. */
function noteWord(draft: Draft, { receipt, sentAt }: Arrival): void {
  addReceipt(draft, receipt);
  draft.sentAt = Math.max(draft.sentAt, sentAt);
}
