/**
 * The operator's commands about the state of a key: forget and reset. Each is a separate commit. So earlier messages are
 * committed before it, and later messages start from its result.
 */

import { decodeMessage } from '../decode-readings.ts';
import { NewerFormatError, reasonOf } from '../errors.ts';
import { DROPPED_PER_COMMIT_MAX, HISTORY_MAX } from '../limits.ts';
import { droppedReceiptOf, receiptOf } from '../message-ids.ts';
import type { AfterForget } from '../pipeline.ts';
import type { ResetTo } from '../readings.ts';
import type { HistoryEntry } from '../state.ts';
import type { DeadCopies } from '../state-store.ts';
import type { Arrival, Parked } from './arrival.ts';
import { addReceipt, type Draft, removeParked } from './draft.ts';
import { encodeState } from './state-text.ts';

/** What a forget removes besides the state. */
export interface Forgettable {
  /** The first of the key's parked messages. */
  readonly parked: readonly Parked[];
  readonly dead: DeadCopies;
  readonly after: AfterForget;
}

/**
 * Returns false while there is more to drop than fits into one commit: the command stays in the queue, before later
 * messages, and continues at its redelivery. The state is removed last, so an interrupted forget is an ordinary redelivery.
 *
 * Each dropped message leaves a receipt, so that no repeat or redrive of it starts the key again. This is a separate kind of
 * receipt, so that the message does not count as applied.
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
  if (draft.parked > 0) return false; // A stopped key stays stopped, so the messages that are left are not taken up.
  // The rest of a partly applied message must not start the key again.
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

/** Undefined for a body that Weir did not write. */
function receiptIn(body: string): string | undefined {
  try {
    return receiptOf(decodeMessage(body));
  } catch {
    return undefined;
  }
}

/** In request order the turns of the dropped messages, and all turns before them, are over. */
function behind({ next }: Draft, last: Parked | undefined): Draft['next'] {
  const { sequence = 0 } = last?.message ?? {};
  return sequence < next.sequence ? next : { sequence: sequence + 1, chunk: 0 };
}

/** Returns the reason if the command cannot be executed. */
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

/** A command about the state leaves its own receipt, so it has no effect when it is sent again as another SQS message. */
function noteWord(draft: Draft, { receipt, sentAt }: Arrival): void {
  addReceipt(draft, receipt);
  draft.sentAt = Math.max(draft.sentAt, sentAt);
}
