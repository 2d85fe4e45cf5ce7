/**
 * The stored data of a key. All data that must agree are in one item: the state, the receipts and the outputs. So one
 * conditional write commits them.
 *
 * Invariant: only an item that was made from the current one (same lineage, next version) may replace it. So a late write
 * fails its condition, whether it comes from an abandoned invocation or from a stale copy.
 */
import type { TraceContext } from './trace-context.ts';

/** The newest format that this build understands. A newer format is written only if an older build must not fold the item. */
export const ITEM_FORMAT = 5;

/**
 * The format of an item. Each format keeps out older builds that would do harm:
 * 2: a build without state versions would compute on a state of another shape.
 * 3: a build without wakes would keep the pending wakes for ever.
 * 4: a build without timers would acknowledge the message of a timer, and the key would wait for ever.
 * 5: a build without chains of wakes would start a new chain of requests at each wake.
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
 * Whether the item only keeps the receipts of a forgotten key. Such an item expires when no repeat can come any more. It must
 * not expire if later readings are to be skipped, or if messages are parked, which would be left behind.
 */
export function isTombstone({ state, forgotten, parked, stopped }: KeyItem): boolean {
  return state === undefined && forgotten?.after === 'begin' && parked === 0 && stopped === undefined;
}

/** The last forget of the key: the version of its commit, and when it was sent (epoch ms, SQS's clock). */
export interface Forgotten {
  readonly version: number;
  readonly at: number;
  /** Whether a later reading starts the key again or is skipped. */
  readonly after: 'begin' | 'skip';
}

/** An operator's command that changed the state. */
export interface HistoryEntry {
  readonly word: 'forget' | 'reset';
  /** The version of the commit, when the command was sent (epoch ms, SQS's clock), and its id. */
  readonly version: number;
  readonly at: number;
  readonly id: string;
  readonly reason: string;
}

/** What a commit took in: names and counts, no values. */
export interface CommitNote {
  readonly version: number;
  /** When the newest of the commit's messages was sent: epoch ms, SQS's clock. */
  readonly at: number;
  /** The first ten requests with their number of readings; `others` is the number of further requests. */
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
  /** When `wake` is to be called: epoch ms. */
  readonly at: number;
  /**
   * The id of the schedule, and its time (epoch ms), which may be before `at`: a wake that is put off keeps its schedule, and
   * gets a new one when that has run. So a key that puts off its wake at every reading makes few schedules.
   */
  readonly id: string;
  readonly from: number;
  /** The message of the wake was set aside. It comes again only if an operator redrives it. */
  readonly spent?: true;
  /** The chain that the wake continues, if it was asked for less than a minute ahead (chain.ts). */
  readonly chain?: string;
  /** The trace of the reading that asked for it. */
  readonly trace?: TraceContext;
}

/** A run of outputs with the same trace; `trace` is missing if they have none. */
export interface TracedOutputs {
  readonly outputs: number;
  readonly trace?: TraceContext;
}

/** A run of outputs with the same chain, as chain.ts writes it; '' if they have none. */
export interface ChainedOutputs {
  readonly outputs: number;
  readonly chain: string;
}

/** The schedules that a commit needs, and the ids of those that it no longer needs. */
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

/** A message of which a commit applied only the first `count` readings. The next commit applies the rest. */
export interface PartlyApplied {
  readonly receipt: string;
  readonly count: number;
  /** The fingerprint of the read that the message came from; undefined if an older build wrote this. */
  readonly read?: string;
}

export interface Counts {
  /** Readings that were applied, skipped by the pipeline's own rule, and set aside. */
  readonly applied: number;
  readonly skipped: number;
  readonly dead: number;
}

/** A place in a key's request order: message `chunk` of the request with that sequence. */
export interface Position {
  readonly sequence: number;
  readonly chunk: number;
}

/** The place that a key in request order waits for while later messages are parked, and since when (epoch ms, SQS's clock). */
export interface WaitingFor extends Position {
  readonly since: number;
  /** When the place is skipped, give or take a minute (epoch ms); missing if never. */
  readonly until?: number;
}

/**
 * The schedule whose message makes the key check whether it has waited long enough. It stays for the next gap when its own gap
 * closes. So a key whose requests come out of order makes one schedule per time-out, not one per gap.
 */
export interface GapTimer {
  readonly id: string;
  /** The time of the schedule: epoch ms. */
  readonly from: number;
}

/** Why a key is stopped: compute threw on reading `index` of the message with this receipt. */
export interface Stopped {
  readonly receipt: string;
  readonly index: number;
  readonly reason: string;
}

/** A request with several messages, of which some are not applied yet. */
export interface OpenRequest {
  /** The hash of the request (message-ids.ts), and the fingerprint of the read that its first applied message came from. */
  readonly request: string;
  readonly read: string;
}

export interface KeyItem {
  readonly key: string;
  /** Random text, made with the item's first version. It tells the item from one that was deleted before. */
  readonly lineage: string;
  readonly version: number;
  /** The state as JSON text. Undefined if initial failed or the key was forgotten: a fold that needs a state calls initial. */
  readonly state: string | undefined;
  /** The version of the state's shape (`state.version` of the pipeline that wrote it); 1 if there is no state. */
  readonly stateVersion: number;
  /**
   * The highest sequence number that was taken in, as 39 digits; '' if none was. A message above it was not taken in before. A
   * message at or below it may have been; only its receipt proves it.
   */
  readonly sequenceNumber: string;
  readonly partly: readonly PartlyApplied[];
  /** Receipts since the last page, oldest first. */
  readonly receipts: readonly string[];
  /** The number of receipt pages, and the newest send time of a message with a receipt (epoch ms, SQS's clock). */
  readonly pages: number;
  readonly sentAt: number;
  /** The newest send time among the receipts in pages, 0 if there are no pages; undefined in items of older builds. */
  readonly pagesSentAt: number | undefined;
  readonly counts: Counts;
  /** Why the newest skipped reading was skipped; '' if none was. */
  readonly lastSkip: string;
  /** In request order the next place to apply. In arrival order it stays at { sequence: 1, chunk: 0 }. */
  readonly next: Position;
  /** The number of parked messages, and a place at or before the first of them; '' if there are none. */
  readonly parked: number;
  readonly parkedFirst: string;
  readonly stopped: Stopped | undefined;
  /** Missing if the key waits for nothing. A build that does not know this field keeps an outdated value. */
  readonly waiting?: WaitingFor;
  readonly gapTimer?: GapTimer;
  readonly open: readonly OpenRequest[];
  readonly forgotten: Forgotten | undefined;
  /** The newest HISTORY_MAX commands, oldest first; a forget clears them. */
  readonly history: readonly HistoryEntry[];
  /** At most WAKES_PER_KEY_MAX, one per tag; undefined if the key never had a wake. */
  readonly wakes?: readonly PendingWake[];
  /** The changes of this version only, for the writer. */
  readonly waking?: WakeChanges;
  /** The newest commits, oldest first; undefined if the pipeline keeps none (`history`). */
  readonly commits?: readonly CommitNote[];
  /** JSON texts of the outputs of this version only. */
  readonly outputs: readonly string[];
  /** The chains of these outputs, in their order; undefined if no output has a chain. */
  readonly chains?: readonly ChainedOutputs[];
  /** The traces of these outputs, in their order; undefined if no output has a trace. */
  readonly traces?: readonly TracedOutputs[];
  /** Attributes that this build does not know, as text. Every commit keeps them. '' if there are none. */
  readonly others: string;
}

/** The state of a key as its pipeline sees it; undefined if there is none. */
export function stateOf({ state }: Pick<KeyItem, 'state'>): unknown {
  return state === undefined ? undefined : JSON.parse(state);
}

/** SQS sequence numbers have up to 128 bits, more than a number can hold. Padded, they compare as text. */
export function padSequenceNumber(sequenceNumber: string): string {
  if (!/^\d{1,39}$/.test(sequenceNumber)) {
    throw new Error(
      `sequence number ${JSON.stringify(sequenceNumber)}: the compute function is fed by a FIFO queue, and only that`,
    );
  }
  return sequenceNumber.padStart(39, '0');
}
