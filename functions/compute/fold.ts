/**
 * The fold: from one item and messages in their order to the next item. Pure: the same input gives the same commit.
 *
 * Readings are computed one after the other on a private copy of the state. When one throws, or makes a state that
 * cannot be kept, the copy is spoilt: the fold starts again in careful mode, which keeps the state as text after
 * every reading, so exactly the reading at fault is set aside and everything before and after it counts.
 */

import { PermanentError, reasonOf } from '../errors.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import { type Commit, type DeadCopies, type KeyItem, padSequenceNumber, type Stopped } from '../state.ts';
import { applyReading } from './apply.ts';
import { type Arrival, type FromQueue, type Parked, takeReadings } from './arrival.ts';
import {
  addDead,
  addParked,
  beginDraft,
  type Draft,
  finishDraft,
  hasParkedBefore,
  isFull,
  isWritten,
  readingsIn,
  removeParked,
  resetState,
  type StateText,
} from './draft.ts';
import { forgetKey, setState } from './forget.ts';
import {
  type Beginning,
  callInitial,
  callMigrate,
  INITIAL,
  INITIAL_PLACE,
  MIGRATE,
  MIGRATE_PLACE,
} from './initial.ts';
import { type Ordering, orderingOf } from './ordering.ts';
import { closeMessage, finishMessage, isOfAnotherRead, notePartly } from './progress.ts';
import { type Known, mayBeRedelivery, noteDelivery } from './proof.ts';
import { deadMessage, deadReading } from './set-aside.ts';
import { encodeState } from './state-text.ts';
import { judge, type Verdict } from './verdict.ts';

/** What a fold starts from; may be sent to another process. */
export interface FoldInput {
  readonly key: string;
  readonly base: KeyItem | undefined;
  /** Lineage of the item if it has to be begun. */
  readonly lineage: string;
  readonly arrivals: readonly FromQueue[];
  /** The first of the key's parked messages, in order; empty when none may be taken up. */
  readonly parked: readonly Parked[];
  readonly known: Known;
  /**
   * Readings not to be computed, as `receipt:index`, and why: an earlier attempt at them ended its process. `initial:0`
   * stands for the call of initial, `migrate:0` for that of migrate.
   */
  readonly condemned: ReadonlyMap<string, string>;
  /** Where the key is to be forgotten: the first copies of its dead letters. */
  readonly dead?: DeadCopies;
  /** The fold ends after so many readings. */
  readonly readingsMax?: number;
}

export interface Fold {
  /** Undefined when there is nothing new in the messages: all of them were applied before. */
  readonly commit: Commit | undefined;
  /** How many of the arrivals, from the first, are dealt with once the commit is made. */
  readonly taken: number;
  readonly readings: number;
  /** See Committed. */
  readonly numbersFell: number;
  /** Whether parked messages of the key may be taken up now. */
  readonly runnable: boolean;
}

/** Folds in a process of its own, which may be ended by what it computes without ending this one. */
export type FoldApart = (input: FoldInput, timeoutMs: number) => Promise<Fold>;

/** Told which reading is about to be computed (or `initial`, 0; or `migrate`, 0), so that a process that ends over it has said so. */
export type Before = (receipt: string, index: number) => void;

export function fold(pipeline: Pipeline, clock: Clock, input: FoldInput, before?: Before): Fold {
  try {
    return new Pass(pipeline, clock, input, false, before).run();
  } catch (error) {
    if (error instanceof SpoiltState) return new Pass(pipeline, clock, input, true, before).run();
    throw error;
  }
}

class SpoiltState extends Error {}

/** One pass over the messages: the draft and what is still to be taken up. */
class Pass {
  readonly draft: Draft;
  readonly ordering: Ordering;
  readonly stopAt: number;
  readonly waiting: Parked[];
  readonly pipeline: Pipeline;
  readonly clock: Clock;
  readonly input: FoldInput;
  readonly careful: boolean;
  readonly before: Before | undefined;
  /** A condemned reading was met: its verdict is committed before anything else may end the process. */
  cut = false;

  constructor(
    pipeline: Pipeline,
    clock: Clock,
    input: FoldInput,
    careful: boolean,
    before: Before | undefined,
  ) {
    this.pipeline = pipeline;
    this.clock = clock;
    this.input = input;
    this.careful = careful;
    this.before = before;
    this.draft = beginDraft(input.base, this.begin());
    this.ordering = orderingOf(pipeline.order);
    this.stopAt = clock.now() + pipeline.limits.commitAfterMs;
    this.waiting = [...input.parked];
    const first = this.waiting[0]?.place;
    if (first !== undefined) this.draft.parkedFirst = first; // The item may know a bound only.
  }

  private begin(): Beginning {
    const { base, condemned, key } = this.input;
    const { state } = base ?? {};
    if (this.skipsAll(base)) return { state: 'null' }; // Nothing is computed on it, and it is not kept.
    if (base !== undefined && state !== undefined && base.stateVersion === this.pipeline.state.version)
      return { state };
    const isKept = base !== undefined && state !== undefined;
    const reason = condemned.get(isKept ? MIGRATE_PLACE : INITIAL_PLACE);
    if (reason !== undefined) return { failure: new PermanentError(reason) };
    this.before?.(isKept ? MIGRATE : INITIAL, 0);
    return isKept ? callMigrate(this.pipeline, state, base) : callInitial(this.pipeline, key);
  }

  run(): Fold {
    let taken = 0;
    let more = this.takeUpParked();
    for (const arrival of this.input.arrivals) {
      // What is parked comes first; if there is more of it than was loaded, it is for the next fold.
      if (!more || this.ordering.isRunnable(this.draft) || !this.take(arrival)) break;
      taken += 1;
      more = this.takeUpParked() && !this.isDue();
    }
    const { draft, input } = this;
    const commit = finishDraft(draft, input.key, input.lineage, this.stateText());
    return {
      commit,
      taken,
      readings: readingsIn(draft),
      numbersFell: draft.numbersFell,
      runnable: this.ordering.isRunnable(draft),
    };
  }

  /** Takes up parked messages as long as it is their turn. Returns whether the pass may go on. */
  private takeUpParked(): boolean {
    for (;;) {
      const first = this.waiting[0];
      if (first === undefined || this.judge(first) === 'park') return true;
      if (hasParkedBefore(this.draft, first.place)) return true;
      if (this.draft.changed && this.isDue()) return false;
      if (!this.take(first)) return false;
      if (this.draft.stopped === undefined) this.waiting.shift();
    }
  }

  private judge(arrival: Arrival) {
    return judge(arrival, this.draft, this.input.known, this.ordering);
  }

  private isDue(): boolean {
    const enough = readingsIn(this.draft) >= (this.input.readingsMax ?? Number.POSITIVE_INFINITY);
    return this.cut || enough || isFull(this.draft) || this.clock.now() >= this.stopAt;
  }

  /** Deals with a message. Returns false when that, or the rest of it, is for the next fold. */
  private take(arrival: Arrival): boolean {
    const verdict = this.judge(arrival);
    if (this.isWritten(arrival, verdict)) return false;
    if (verdict !== 'done' && mayBeRedelivery(arrival, this.input.base)) this.draft.numbersFell += 1;
    if (verdict === 'control' && !this.obey(arrival)) return false;
    if (verdict === 'late') this.setAside(arrival, 'its turn in the sequence has passed');
    else if (verdict === 'park') return this.park(arrival);
    else if (verdict === 'apply') {
      const ending = this.apply(arrival);
      if (ending === 'partly') return false;
      if (ending === 'stopped') return this.park(arrival);
    }
    // A redelivery writes nothing: what it was parked as may still be taken up in this draft.
    if (verdict !== 'done') this.draft.done.add(arrival.messageId);
    this.leave(arrival);
    return true;
  }

  /** Whether dealing with it would write an item of the table that the draft writes already. */
  private isWritten(arrival: Arrival, verdict: Verdict): boolean {
    const { draft, ordering } = this;
    if (draft.park.length + draft.unpark.length + draft.dead.length === 0) return false;
    if (arrival.from === 'table') return isWritten(draft, arrival.messageId, arrival.place);
    if (verdict === 'done') return false;
    const culprit = verdict === 'control' ? this.skippedBy(arrival) : undefined;
    if (culprit !== undefined) return this.isWritten(culprit, 'apply');
    return isWritten(draft, arrival.messageId, ordering.placeOf(arrival, draft));
  }

  /** The message is dealt with: it is not looked at again. */
  private leave(arrival: Arrival): void {
    const { draft } = this;
    if (arrival.from === 'table') removeParked(draft, arrival.place, this.waiting[1]?.place);
    else draft.sequenceNumber = maxText(draft.sequenceNumber, padSequenceNumber(arrival.sequenceNumber));
  }

  /** What comes from the table stays where it is. */
  private park(arrival: Arrival): true {
    if (arrival.from === 'table') return true;
    const { draft } = this;
    const { messageId, body, sentAt, attempts, sequenceNumber } = arrival;
    noteDelivery(draft, arrival);
    draft.done.add(messageId);
    addParked(draft, { place: this.ordering.placeOf(arrival, draft), messageId, body, sentAt, attempts });
    draft.sequenceNumber = maxText(draft.sequenceNumber, padSequenceNumber(sequenceNumber));
    return true;
  }

  /** The whole message. When it comes back from the dead-letter queue it is to be tried again. */
  private setAside(arrival: Arrival, reason: string): void {
    addDead(this.draft, deadMessage(arrival, reason), arrival.message.readings.length);
    noteDelivery(this.draft, arrival);
  }

  /** Later readings of a key that was forgotten are to be skipped. */
  private skipsAll(item: Pick<KeyItem, 'state' | 'forgotten'> | undefined): boolean {
    const isGone = item?.forgotten !== undefined && item.state === undefined;
    return isGone && this.pipeline.afterForget === 'skip';
  }

  /** An operator's word. Returns false when it, or the rest of it, is for the next fold. */
  private obey(word: Arrival): boolean {
    const { draft, input, pipeline } = this;
    const { kind, to } = word.message;
    if (kind === 'resume' || kind === 'skip') this.steer(word);
    else if (kind === 'migrate') this.touch(word);
    else {
      if (draft.changed) return false;
      this.cut = true;
      if (to === undefined) {
        const dead = input.dead ?? { copies: [], complete: true };
        return forgetKey(draft, word, { parked: this.waiting, dead, after: pipeline.afterForget });
      }
      const problem = setState(draft, word, to, pipeline.state.version);
      if (problem !== undefined) this.setAside(word, problem);
    }
    return true;
  }

  /** The state was migrated when the pass began, if it was of an older version. */
  private touch(word: Arrival): void {
    const { base } = this.input;
    if (base?.state === undefined || base.stateVersion === this.pipeline.state.version) return;
    if (this.draft.unbegun === undefined) this.draft.changed = true;
    else this.setAside(word, this.draft.unbegun.message);
  }

  /** A word for a stopped key; for a key that runs, or has stopped elsewhere since, it means nothing. */
  private steer(word: Arrival): void {
    const { draft } = this;
    const stopped = this.stoppedAt(word);
    if (stopped === undefined) return;
    const culprit = this.skippedBy(word);
    draft.stopped = undefined;
    draft.changed = true;
    noteDelivery(draft, word);
    if (culprit === undefined) return;
    addDead(draft, deadReading(culprit, stopped.index, stopped.reason), 1);
    notePartly(draft, stopped.receipt, stopped.index + 1);
    if (stopped.index + 1 >= culprit.message.readings.length) this.leaveSkipped(culprit);
  }

  /** The stop that the word is about, if the key stands still there. */
  private stoppedAt({ message: { stop } }: Arrival): Stopped | undefined {
    const { stopped } = this.draft;
    return stopped?.receipt === stop?.receipt && stopped?.index === stop?.index ? stopped : undefined;
  }

  /** The parked message whose reading the word sets aside. */
  private skippedBy(word: Arrival): Parked | undefined {
    const stopped = word.message.kind === 'skip' ? this.stoppedAt(word) : undefined;
    return stopped && this.waiting.find(({ receipt }) => receipt === stopped.receipt);
  }

  /**
   * Nothing of the message is left to do. It may not lie behind others until its place comes up: the reading, redriven
   * by then, would be taken for a repeat of it.
   */
  private leaveSkipped(culprit: Parked): void {
    this.waiting.splice(this.waiting.indexOf(culprit), 1);
    removeParked(this.draft, culprit.place, this.waiting[0]?.place);
    this.draft.done.add(culprit.messageId);
    finishMessage(this.draft, culprit, false, this.input.known, this.ordering);
  }

  private apply(arrival: Arrival): 'whole' | 'partly' | 'stopped' {
    const { draft } = this;
    const { receipt } = arrival;
    const message = takeReadings(arrival);
    if (isOfAnotherRead(draft, arrival.message)) {
      this.setAside(arrival, 'the source changed between two reads of its request');
      closeMessage(draft, arrival, this.input.known, this.ordering);
      return 'whole';
    }
    let index = draft.partly.find((part) => part.receipt === receipt)?.count ?? 0;
    let applied = false;
    for (; index < message.readings.length; index += 1) {
      if (readingsIn(draft) > 0 && this.isDue()) break;
      const error = this.tryReading({ ...arrival, message }, index);
      if (error === undefined) {
        applied = true;
        continue;
      }
      if (this.pipeline.poison === 'stop') {
        draft.stopped = { receipt, index, reason: reasonOf(error) };
        break;
      }
      addDead(draft, deadReading(arrival, index, reasonOf(error)), 1);
    }
    draft.changed = true;
    draft.sentAt = Math.max(draft.sentAt, arrival.sentAt);
    if (index < message.readings.length) {
      notePartly(draft, receipt, index);
      return draft.stopped === undefined ? 'partly' : 'stopped';
    }
    finishMessage(draft, arrival, applied, this.input.known, this.ordering);
    return 'whole';
  }

  /** Computes one reading; returns what was thrown over it, if anything. */
  private tryReading(arrival: Arrival, index: number): unknown {
    const { draft, input, pipeline } = this;
    const { receipt, message, sentAt } = arrival;
    if (this.skipsAll(draft.kept && { ...draft.kept, forgotten: draft.forgotten })) {
      draft.skipped += 1;
      draft.lastSkip = 'the key was forgotten';
      return undefined;
    }
    try {
      if (draft.unbegun !== undefined) throw draft.unbegun;
      const condemned = input.condemned.get(`${receipt}:${index}`);
      if (condemned !== undefined) {
        this.cut = true;
        throw new PermanentError(condemned);
      }
      this.before?.(receipt, index);
      const reading = { key: input.key, message, index, sentAt };
      applyReading(pipeline, draft, reading, this.careful);
      draft.kept = undefined;
      return undefined;
    } catch (error) {
      if (!this.careful) throw new SpoiltState();
      resetState(draft);
      return error ?? new PermanentError('compute threw nothing at all');
    }
  }

  private stateText(): StateText {
    const { draft, input, pipeline } = this;
    if (draft.kept !== undefined) return draft.kept;
    const stateVersion = pipeline.state.version;
    if (this.careful || !draft.changed) return { state: draft.checkpoint, stateVersion };
    try {
      return { state: encodeState(draft.state, input.key), stateVersion };
    } catch {
      throw new SpoiltState();
    }
  }
}

function maxText(a: string, b: string): string {
  return a > b ? a : b;
}
