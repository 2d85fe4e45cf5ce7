/**
 * The stored data of a key, and the port of its store. All data of a key that must agree are in one item, so one
 * conditional write commits them: the state, the receipts, and the outputs.
 *
 * The invariant: an item is only replaced by one that was made from it (same lineage, next version). The condition of a
 * late write, from an invocation that was given up or from a stale copy, fails.
 */

/** What this build understands. A newer format is written only where an older build must not fold: see formatOf. */
export const ITEM_FORMAT = 5;

/**
 * A build of before state versions would compute on a state of another shape, and keep its version for one that it knows.
 * One of before wakes would keep them for ever, as something that it does not know. One of before gaps had a time-out would
 * acknowledge the message of a timer, and the key would wait for ever. One that does not know
 * what led to a wake would let it begin a chain of requests anew.
 */
export function formatOf({
  stateVersion,
  forgotten,
  wakes,
  gapTimer,
}: Pick<KeyItem, 'stateVersion' | 'forgotten' | 'wakes' | 'gapTimer'>): number {
  if (wakes?.some(({ chain }) => chain !== undefined)) return 5;
  if (gapTimer !== undefined) return 4;
  if (wakes !== undefined) return 3;
  return stateVersion > 1 || forgotten !== undefined ? 2 : 1;
}

/**
 * Only the receipts of the key are kept. The item expires when no repeat can come any more, unless later readings are to be
 * skipped for ever, or messages are parked, which would otherwise be left behind.
 */
export function isTombstone({ state, forgotten, parked, stopped }: KeyItem): boolean {
  return state === undefined && forgotten?.after === 'begin' && parked === 0 && stopped === undefined;
}

/** That the key was forgotten, the last time: by which version, when (epoch ms, SQS's clock), and what follows. */
export interface Forgotten {
  readonly version: number;
  readonly at: number;
  /** A later reading starts the key again, or is skipped. */
  readonly after: 'begin' | 'skip';
}

/** An operator's command that changed the state. */
export interface HistoryEntry {
  readonly word: 'forget' | 'reset';
  /** The version of the commit; when the command was sent (epoch ms, SQS's clock); its id. */
  readonly version: number;
  readonly at: number;
  readonly id: string;
  readonly reason: string;
}

/** What a commit took in, by name: no values. */
export interface CommitNote {
  readonly version: number;
  /** When the newest of its messages was sent: epoch ms, SQS's clock. */
  readonly at: number;
  /** The first ten requests, and how many readings of each; `others`: how many requests more. */
  readonly requests: readonly { readonly request: string; readonly readings: number }[];
  readonly others: number;
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
  readonly woken: number;
  readonly outputs: number;
}

/** A wake that compute asked for, by its tag. */
export interface PendingWake {
  readonly tag: string;
  /** When it is to come: epoch ms. */
  readonly at: number;
  /**
   * Its schedule, whose message brings it. That one may come earlier: a wake that was put off keeps its schedule, and is given
   * the next one when that has come. So a key that puts its wake off with every reading makes a schedule once in a while.
   */
  readonly id: string;
  readonly from: number;
  /** Its message came and was set aside. No other one will come unless an operator redrives it. */
  readonly spent?: true;
  /** What led to it, where it was asked for so soon that it goes on with that (chain.ts). */
  readonly chain?: string;
}

/** What led to so many outputs in a row, as chain.ts writes it; '' for a request that somebody sent. */
export interface ChainedOutputs {
  readonly outputs: number;
  readonly chain: string;
}

/** The schedules that a commit makes, and those that it no longer needs, by their ids. */
export interface WakeChanges {
  readonly set: readonly WakeSchedule[];
  readonly cancel: readonly string[];
}

export interface WakeSchedule {
  readonly id: string;
  readonly tag: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A message that a commit has applied in part: `count` of its readings. The rest follows in the next commit. */
export interface PartlyApplied {
  readonly receipt: string;
  readonly count: number;
  /** The read that the message came from; undefined where an older build wrote this. */
  readonly read?: string;
}

export interface Counts {
  /** Readings applied, skipped by the pipeline's own rule, and set aside because compute threw. */
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
}

/** A place in a key's request order: message `chunk` of the request with that sequence. */
export interface Position {
  readonly sequence: number;
  readonly chunk: number;
}

/** Request order: the place that the key waits for while later ones are parked, and since when (epoch ms, SQS's clock). */
export interface WaitingFor extends Position {
  readonly since: number;
  /** When it is passed over, within a minute or so; missing: never. */
  readonly until?: number;
}

/**
 * The schedule whose message has the key look whether it has waited long enough. It stays when the gap closes, for the next
 * one: so a key whose requests come out of order makes one in the time of a time-out, not one for each gap.
 */
export interface GapTimer {
  readonly id: string;
  /** When it comes: epoch ms. */
  readonly from: number;
}

/** Why a key is stopped: compute threw on reading `index` of the message with this receipt. */
export interface Stopped {
  readonly receipt: string;
  readonly index: number;
  readonly reason: string;
}

/** A request of several messages that are not all applied yet. */
export interface OpenRequest {
  /** Its hash (readings.ts), and the fingerprint of the read that its first applied message came from. */
  readonly request: string;
  readonly read: string;
}

export interface KeyItem {
  readonly key: string;
  /** Random, made with the item's first version: a key that was deleted and begun again is not the same. */
  readonly lineage: string;
  readonly version: number;
  /** JSON text, exactly what the next fold starts from. Undefined: initial has failed so far, the next fold calls it. */
  readonly state: string | undefined;
  /** The version of the state's shape (`state.version` of the pipeline that wrote it); 1 where there is no state. */
  readonly stateVersion: number;
  /**
   * The highest sequence number that was taken in, as 39 digits; '' before the first. A message at or below it may have
   * been taken in before, which its receipt proves; a message above it was not.
   */
  readonly sequenceNumber: string;
  readonly partly: readonly PartlyApplied[];
  /** Receipts since the last page, oldest first. */
  readonly receipts: readonly string[];
  /** How many receipts pages there are, and the newest sentAt (epoch ms, SQS's clock) among all receipts. */
  readonly pages: number;
  readonly sentAt: number;
  /** The newest sentAt among the receipts in pages, 0 without any; undefined in items of builds that did not note it. */
  readonly pagesSentAt: number | undefined;
  readonly counts: Counts;
  /** Why the newest skipped reading was skipped; '' when none was. */
  readonly lastSkip: string;
  /** Request order: the next place to apply. In arrival order it stays at 1, 0. */
  readonly next: Position;
  /** How many messages are parked, and a place at or before the first of them; '' when none is. */
  readonly parked: number;
  readonly parkedFirst: string;
  readonly stopped: Stopped | undefined;
  /** Missing where the key waits for nothing; a build of before it keeps that of an earlier place. */
  readonly waiting?: WaitingFor;
  readonly gapTimer?: GapTimer;
  readonly open: readonly OpenRequest[];
  readonly forgotten: Forgotten | undefined;
  /** The newest HISTORY_MAX commands, oldest first; a forget clears them. */
  readonly history: readonly HistoryEntry[];
  /** At most WAKES_PER_KEY_MAX, by tag; undefined where none was ever asked for. */
  readonly wakes?: readonly PendingWake[];
  /** Of this version alone, for the writer. */
  readonly waking?: WakeChanges;
  /** The newest commits, oldest first; undefined where the pipeline keeps none (`history`). */
  readonly commits?: readonly CommitNote[];
  /** JSON texts of the outputs of this version alone. */
  readonly outputs: readonly string[];
  /** Of these outputs, in their order; undefined where none has any. */
  readonly chains?: readonly ChainedOutputs[];
  /** Attributes that this build does not know, as text. Every commit keeps them. '' if there are none. */
  readonly others: string;
}

/**
 * Receipts that were moved out of the item. A page is written once and never changed: page n of a lineage is always the
 * same.
 */
export interface ReceiptsPage {
  readonly key: string;
  readonly lineage: string;
  /** 1, 2, 3 ... */
  readonly page: number;
  /** No receipt in it is of a message sent later than this (epoch ms, SQS's clock). */
  readonly sentAt: number;
  /** The same of the page before it, 0 for the first; undefined in pages of builds that did not note it. */
  readonly before: number | undefined;
  readonly receipts: readonly string[];
}

/** Pages above `after`, up to `upTo`, back to the first that holds nothing sent since `since` (epoch ms). */
export interface PageRange {
  readonly after: number;
  /** What the item says: pages above it are of another course of the key, from before the item was put back. */
  readonly upTo: number;
  readonly since: number;
}

/** A reading or message that could not be applied, on its way to the dead-letter queue of the readings. */
export interface DeadReading {
  readonly key: string;
  /** Unique within the key and the same on every attempt: putting it again changes nothing. */
  readonly id: string;
  readonly body: string;
  readonly group: string;
  readonly reason: string;
  readonly stage: 'compute' | 'decode';
  /** How often its message had been received. */
  readonly attempts: number;
  /** When its message was sent: epoch ms, SQS's clock. */
  readonly sentAt: number;
}

/** A message that is parked for its key until its turn comes, or until the key is resumed. */
export interface ParkedMessage {
  /** Places of one key compare as text in the order in which they are to be applied. */
  readonly place: string;
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  readonly attempts: number;
}

export interface Commit {
  /** The item this one was made from; undefined when the key has none yet. */
  readonly base: KeyItem | undefined;
  readonly next: KeyItem;
  /**
   * Written before `next`: the page that `next` no longer holds. One that is there with other receipts belongs to
   * another course of the key; the commit is then given back, as a GiveBackError.
   */
  readonly page?: ReceiptsPage;
  /**
   * These change in one transaction with the item: all or none. `unpark` are places. To park at a place that is taken is a
   * conflict.
   */
  readonly dead: readonly DeadReading[];
  readonly park: readonly ParkedMessage[];
  readonly unpark: readonly string[];
  /** Ids of dead readings whose copies go with it. */
  readonly undead?: readonly string[];
}

export type CommitResult =
  | { readonly outcome: 'committed' }
  /** Another write came first, perhaps an earlier try of this one: go on from the current item. */
  | { readonly outcome: 'conflict'; readonly current: KeyItem | undefined };

/** Their own copies in the table: the dead-letter queue has its own. */
export interface DeadCopies {
  readonly copies: readonly Pick<DeadReading, 'id' | 'body'>[];
  readonly complete: boolean;
}

export interface StateStore {
  /** Strongly consistent. */
  load(key: string): Promise<KeyItem | undefined>;
  commit(commit: Commit): Promise<CommitResult>;
  /** Newest first. Strongly consistent. */
  pages(key: string, lineage: string, range: PageRange): Promise<ReceiptsPage[]>;
  /** Parked messages from that place on, in order. Strongly consistent. */
  parked(key: string, lineage: string, from: string, limit: number): Promise<ParkedMessage[]>;
  /** The first copies of dead readings of the key, and whether these are all. Strongly consistent. */
  deadCopies(key: string, limit: number): Promise<DeadCopies>;
  /** Sets a message aside that belongs to no key's state, because Weir did not write it. */
  bury(dead: DeadReading): Promise<void>;
}

/** The state of a key as its pipeline sees it; undefined where initial has given none yet. */
export function stateOf({ state }: Pick<KeyItem, 'state'>): unknown {
  return state === undefined ? undefined : JSON.parse(state);
}

/** The reason of a commit that is given back because its page is in the table with other receipts. */
export function pageIsTaken(page: number): string {
  return (
    `page ${page} of the receipts of this key is in the table already, with other receipts: its item is older than its ` +
    'pages. See "An item and its pages do not fit" in docs/runbook.md'
  );
}

/** SQS sequence numbers have up to 128 bits: more than a number holds, and compared as text of one length. */
export function padSequenceNumber(sequenceNumber: string): string {
  if (!/^\d{1,39}$/.test(sequenceNumber)) {
    throw new Error(
      `sequence number ${JSON.stringify(sequenceNumber)}: the compute function is fed by a FIFO queue, and only that`,
    );
  }
  return sequenceNumber.padStart(39, '0');
}
