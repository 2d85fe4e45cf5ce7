/**
 * The draft of a commit: the next version of an item. The fold changes the draft, never the base. A draft that cannot be
 * kept is dropped.
 */
import { defined } from '../defined.ts';
import type { PermanentError } from '../errors.ts';
import {
  OUTPUTS_BYTES_MAX,
  RECEIPTS_PER_PAGE,
  SET_ASIDE_PER_COMMIT_MAX,
  UNPARKED_PER_COMMIT_MAX,
} from '../limits.ts';
import type { Passed } from '../ports.ts';
import type {
  ChainedOutputs,
  Commit,
  DeadReading,
  Forgotten,
  GapTimer,
  HistoryEntry,
  KeyItem,
  OpenRequest,
  ParkedMessage,
  PartlyApplied,
  PendingWake,
  Position,
  Stopped,
  WaitingFor,
} from '../state.ts';
import type { Beginning } from './initial.ts';
import { withChanges } from './wake-changes.ts';

export interface Draft {
  readonly base: KeyItem | undefined;
  /** Whether there is anything to commit. */
  changed: boolean;
  /** The user's own object while the fold lasts: a private copy of the committed state. */
  state: unknown;
  /** The state as text after the last good reading: kept up to date in careful mode only. */
  checkpoint: string;
  /**
   * Why there is no state to compute on: initial or migrate failed. Messages can be handled, but readings cannot be
   * computed.
   */
  unbegun: PermanentError | undefined;
  /** What the item keeps as its state as long as nothing is computed: of a key that is forgotten, or that migrate failed over. */
  kept: StateText | undefined;
  sequenceNumber: string;
  sentAt: number;
  next: Position;
  stopped: Stopped | undefined;
  waiting: WaitingFor | undefined;
  gapTimer: GapTimer | undefined;
  partly: readonly PartlyApplied[];
  open: readonly OpenRequest[];
  forgotten: Forgotten | undefined;
  history: readonly HistoryEntry[];
  /** Undefined where the key never had one. */
  wakes: readonly PendingWake[] | undefined;
  parked: number;
  parkedFirst: string;
  applied: number;
  skipped: number;
  lastSkip: string;
  deadReadings: number;
  /** Wakes that were passed to the pipeline. They are not readings and are not counted as such. */
  woken: number;
  numbersFell: number;
  passed: Passed | undefined;
  outputsBytes: number;
  asideBytes: number;
  readonly receipts: string[];
  /** The receipts of the base and of the draft: the applied messages. */
  readonly held: Set<string>;
  /** The wakes whose messages the draft takes in, by id: their schedules have come and are gone. */
  readonly arrived: Set<string>;
  /** What was taken in, message by message: noted where the pipeline keeps a history. */
  readonly taken: { readonly request: string; readonly readings: number; readonly sentAt: number }[];
  readonly outputs: string[];
  /** What led to them, in runs. */
  readonly chains: ChainedOutputs[];
  readonly dead: DeadReading[];
  readonly park: ParkedMessage[];
  readonly unpark: string[];
  readonly undead: string[];
  /** SQS's ids of the messages that the draft deals with, and is done with. */
  readonly done: Set<string>;
}

export function beginDraft(base: KeyItem | undefined, beginning: Beginning): Draft {
  const [checkpoint, unbegun] =
    'failure' in beginning ? ['', beginning.failure] : [beginning.state, undefined];
  return {
    base,
    changed: false,
    state: checkpoint === '' ? undefined : JSON.parse(checkpoint),
    checkpoint,
    unbegun,
    kept: keptOf(base, unbegun),
    sequenceNumber: base?.sequenceNumber ?? '',
    sentAt: base?.sentAt ?? 0,
    next: base?.next ?? { sequence: 1, chunk: 0 },
    stopped: base?.stopped,
    waiting: base?.waiting,
    gapTimer: base?.gapTimer,
    partly: base?.partly ?? [],
    open: base?.open ?? [],
    forgotten: base?.forgotten,
    history: base?.history ?? [],
    wakes: base?.wakes,
    parked: base?.parked ?? 0,
    parkedFirst: base?.parkedFirst ?? '',
    applied: 0,
    skipped: 0,
    lastSkip: base?.lastSkip ?? '',
    deadReadings: 0,
    woken: 0,
    numbersFell: 0,
    passed: undefined,
    outputsBytes: 0,
    asideBytes: 0,
    receipts: [],
    held: new Set(base?.receipts),
    arrived: new Set(),
    taken: [],
    outputs: [],
    chains: [],
    dead: [],
    park: [],
    unpark: [],
    undead: [],
    done: new Set(),
  };
}

/** A state that migrate failed over stays as it is, for a build whose migrate does not; one that is gone stays gone. */
function keptOf(base: KeyItem | undefined, unbegun: PermanentError | undefined): StateText | undefined {
  const isGone = base?.forgotten !== undefined && base.state === undefined;
  if (unbegun === undefined && !isGone) return undefined;
  return { state: base?.state, stateVersion: base?.stateVersion ?? 1 };
}

/**
 * Whether the draft writes something of this message or of its place already. A commit is one transaction, and DynamoDB
 * refuses one with two writes of one item: what would ask for a second one is left to the next commit.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function isWritten(draft: Draft, messageId: string, place: string): boolean {
  return (
    draft.done.has(messageId) ||
    draft.unpark.includes(place) ||
    draft.park.some((parked) => parked.place === place)
  );
}

/** Back to the last good state: what compute did to its copy before it failed is forgotten. */
export function resetState(draft: Draft): void {
  draft.state = draft.checkpoint === '' ? undefined : JSON.parse(draft.checkpoint);
}

export function readingsIn(draft: Draft): number {
  return draft.applied + draft.skipped + draft.deadReadings + draft.woken;
}

const ASIDE_BYTES_MAX = 1_500_000;

/** Whether the draft had better be committed before it takes more on. */
export function isFull(draft: Draft): boolean {
  return (
    draft.dead.length >= SET_ASIDE_PER_COMMIT_MAX ||
    draft.park.length >= SET_ASIDE_PER_COMMIT_MAX ||
    draft.unpark.length >= UNPARKED_PER_COMMIT_MAX ||
    draft.asideBytes >= ASIDE_BYTES_MAX ||
    draft.outputsBytes >= OUTPUTS_BYTES_MAX / 4 // One more reading may add OUTPUTS_BYTES_MAX.
  );
}

/** Outputs of one reading, or of one wake. `chain`: what led to it, '' if nothing did. */
export function addOutputs(draft: Draft, outputs: readonly string[], bytes: number, chain: string): void {
  if (outputs.length === 0) return;
  const last = draft.chains.at(-1);
  if (last?.chain === chain)
    draft.chains[draft.chains.length - 1] = { outputs: last.outputs + outputs.length, chain };
  else draft.chains.push({ outputs: outputs.length, chain });
  draft.outputs.push(...outputs);
  draft.outputsBytes += bytes + Buffer.byteLength(chain);
}

export function addReceipt(draft: Draft, receipt: string): void {
  draft.receipts.push(receipt);
  draft.held.add(receipt);
}

export function addDead(draft: Draft, dead: DeadReading, readings: number): void {
  draft.dead.push(dead);
  draft.asideBytes += Buffer.byteLength(dead.body);
  draft.deadReadings += readings;
  draft.changed = true;
}

export function addParked(draft: Draft, parked: ParkedMessage): void {
  draft.park.push(parked);
  draft.asideBytes += Buffer.byteLength(parked.body);
  draft.parked += 1;
  if (draft.parkedFirst === '' || parked.place < draft.parkedFirst) draft.parkedFirst = parked.place;
  draft.changed = true;
}

/**
 * What this draft has parked is loaded by the next fold, in its place among the others. Until then nothing behind it
 * may be taken up: a tombstone would end the turn of readings that had come in time.
 */
export function hasParkedBefore(draft: Draft, place: string): boolean {
  return draft.park.some((parked) => parked.place < place);
}

/**
 * `following` is the first place after it that is known to be parked; without one, its own stays as the bound. What
 * this very draft parked is not known to the table yet, but must not fall below the bound.
 */
export function removeParked(draft: Draft, place: string, following: string | undefined): void {
  draft.unpark.push(place);
  draft.parked -= 1;
  const own = draft.park.map((parked) => parked.place);
  const others = draft.parked > own.length ? [following ?? place] : [];
  draft.parkedFirst = [...own, ...others].reduce(
    (first, one) => (first === '' || one < first ? one : first),
    '',
  );
  draft.changed = true;
}

/** A state as the next item has it. */
export type StateText = Pick<KeyItem, 'state' | 'stateVersion'>;

/** The commit, or undefined when nothing changed. */
export function finishDraft(
  draft: Draft,
  key: string,
  lineage: string,
  { state, stateVersion }: StateText,
): Commit | undefined {
  if (!draft.changed) return undefined;
  const { base } = draft;
  // Receipts leave the item only as a whole and never those of the commit at hand, so what page n holds follows
  // from the item alone: two writers that roll at once write the same page.
  const rolled = base !== undefined && base.receipts.length >= RECEIPTS_PER_PAGE ? base : undefined;
  const pages = (base?.pages ?? 0) + (rolled === undefined ? 0 : 1);
  const counts = base?.counts ?? { applied: 0, skipped: 0, dead: 0 };
  const next: KeyItem = {
    key,
    lineage: base?.lineage ?? lineage,
    version: (base?.version ?? 0) + 1,
    state,
    stateVersion,
    sequenceNumber: draft.sequenceNumber,
    sentAt: draft.sentAt,
    next: draft.next,
    stopped: draft.stopped,
    partly: draft.partly,
    open: draft.open,
    forgotten: draft.forgotten,
    history: draft.history,
    ...defined({ waiting: draft.waiting }),
    ...withChanges(draft, base, draft.arrived),
    parked: draft.parked,
    parkedFirst: draft.parkedFirst,
    receipts: rolled === undefined ? [...(base?.receipts ?? []), ...draft.receipts] : draft.receipts,
    pages,
    pagesSentAt: rolled?.sentAt ?? (base === undefined ? 0 : base.pagesSentAt),
    counts: {
      applied: counts.applied + draft.applied,
      skipped: counts.skipped + draft.skipped,
      dead: counts.dead + draft.deadReadings,
    },
    lastSkip: draft.lastSkip,
    outputs: draft.outputs,
    ...(draft.chains.some(({ chain }) => chain !== '') ? { chains: draft.chains } : {}),
    others: base?.others ?? '',
  };
  const { dead, park, unpark, undead } = draft;
  if (rolled === undefined) return { base, next, dead, park, unpark, undead };
  const page = {
    key,
    lineage: rolled.lineage,
    page: pages,
    sentAt: rolled.sentAt,
    before: rolled.pagesSentAt,
    receipts: rolled.receipts,
  };
  return { base, next, dead, park, unpark, undead, page };
}
