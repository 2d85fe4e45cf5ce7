/**
 * The draft of a commit: the next version of an item. The fold changes the draft, never the base. A draft that cannot be
 * kept is dropped.
 */
import type { PermanentError } from '../errors.ts';
import { OUTPUTS_BYTES_MAX, SET_ASIDE_PER_COMMIT_MAX, UNPARKED_PER_COMMIT_MAX } from '../limits.ts';
import type { Passed } from '../ports.ts';
import type {
  ChainedOutputs,
  Forgotten,
  GapTimer,
  HistoryEntry,
  KeyItem,
  OpenRequest,
  PartlyApplied,
  PendingWake,
  Position,
  Stopped,
  TracedOutputs,
  WaitingFor,
} from '../state.ts';
import type { DeadReading, ParkedMessage } from '../state-store.ts';
import { sameTrace, type TraceContext } from '../trace-context.ts';
import type { Beginning } from './initial.ts';

export interface Draft {
  readonly base: KeyItem | undefined;
  /** Whether there is anything to commit. */
  changed: boolean;
  /** The object that compute gets and may change: a private copy of the committed state. */
  state: unknown;
  /** The state as text after the last good reading. Only careful mode keeps it up to date. */
  checkpoint: string;
  /** Set if initial or migrate failed, so there is no state. Messages are handled, but readings are not computed. */
  unbegun: PermanentError | undefined;
  /** The stored state, kept until a reading is computed. Set if the key was forgotten, or if initial or migrate failed. */
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
  /** Undefined if the key never had a wake. */
  wakes: readonly PendingWake[] | undefined;
  parked: number;
  parkedFirst: string;
  applied: number;
  skipped: number;
  lastSkip: string;
  deadReadings: number;
  /** Number of wakes that the pipeline handled. They do not count as readings. */
  woken: number;
  numbersFell: number;
  passed: Passed | undefined;
  outputsBytes: number;
  asideBytes: number;
  readonly receipts: string[];
  /** The receipts of the base and of the draft. */
  readonly held: Set<string>;
  /** Ids of the wakes whose messages the draft takes in. Their schedules have run and no longer exist. */
  readonly arrived: Set<string>;
  /** The readings taken in, one entry per message. Filled only if the pipeline has `history`. */
  readonly taken: { readonly request: string; readonly readings: number; readonly sentAt: number }[];
  readonly outputs: string[];
  /** The chains of the outputs. Each entry covers a run of outputs with the same chain. */
  readonly chains: ChainedOutputs[];
  /** The traces of the outputs. Each entry covers a run of outputs with the same trace. */
  readonly traces: TracedOutputs[];
  readonly dead: DeadReading[];
  readonly park: ParkedMessage[];
  readonly unpark: string[];
  readonly undead: string[];
  /** SQS ids of the messages that the draft has handled. */
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
    traces: [],
    dead: [],
    park: [],
    unpark: [],
    undead: [],
    done: new Set(),
  };
}

/** If migrate failed, the stored state stays for a build whose migrate works. A forgotten key stays without a state. */
function keptOf(base: KeyItem | undefined, unbegun: PermanentError | undefined): StateText | undefined {
  const isGone = base?.forgotten !== undefined && base.state === undefined;
  if (unbegun === undefined && !isGone) return undefined;
  return { state: base?.state, stateVersion: base?.stateVersion ?? 1 };
}

/**
 * Whether the draft already writes an item for this message or this place. A commit is one transaction, and DynamoDB
 * refuses a transaction that writes an item twice. So the second write is left to the next commit.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export function isWritten(draft: Draft, messageId: string, place: string): boolean {
  return (
    draft.done.has(messageId) ||
    draft.unpark.includes(place) ||
    draft.park.some((parked) => parked.place === place)
  );
}

/** Returns to the last good state, without the changes that a failed compute made to its copy. */
export function resetState(draft: Draft): void {
  draft.state = draft.checkpoint === '' ? undefined : JSON.parse(draft.checkpoint);
}

export function readingsIn(draft: Draft): number {
  return draft.applied + draft.skipped + draft.deadReadings + draft.woken;
}

const ASIDE_BYTES_MAX = 1_500_000;

/** Whether the draft should be committed before it takes more messages. */
export function isFull(draft: Draft): boolean {
  return (
    draft.dead.length >= SET_ASIDE_PER_COMMIT_MAX ||
    draft.park.length >= SET_ASIDE_PER_COMMIT_MAX ||
    draft.unpark.length >= UNPARKED_PER_COMMIT_MAX ||
    draft.asideBytes >= ASIDE_BYTES_MAX ||
    draft.outputsBytes >= OUTPUTS_BYTES_MAX / 4 // One more reading may add OUTPUTS_BYTES_MAX.
  );
}

/** Adds the outputs of one reading or wake. `chain` is the reading's chain, '' if it has none. */
export function addOutputs(draft: Draft, outputs: readonly string[], bytes: number, chain: string): void {
  if (outputs.length === 0) return;
  const last = draft.chains.at(-1);
  if (last?.chain === chain)
    draft.chains[draft.chains.length - 1] = { outputs: last.outputs + outputs.length, chain };
  else draft.chains.push({ outputs: outputs.length, chain });
  draft.outputs.push(...outputs);
  draft.outputsBytes += bytes + Buffer.byteLength(chain);
}

/** Adds the trace of the outputs of one reading or wake. */
export function addTraces(draft: Draft, outputs: number, trace: TraceContext | undefined): void {
  if (outputs === 0) return;
  const last = draft.traces.at(-1);
  if (last !== undefined && sameTrace(last.trace, trace)) {
    draft.traces[draft.traces.length - 1] = { ...last, outputs: last.outputs + outputs };
    return;
  }
  draft.traces.push({ outputs, ...(trace && { trace }) });
  draft.outputsBytes += (trace?.traceparent.length ?? 0) + (trace?.tracestate?.length ?? 0);
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
 * The next fold loads the messages that this draft parks. Until then no message behind them may be taken up: a tombstone
 * would end the turn of readings that came in time.
 */
export function hasParkedBefore(draft: Draft, place: string): boolean {
  return draft.park.some((parked) => parked.place < place);
}

/**
 * `following` is the first later place that is known to be parked. Without one, `place` itself stays as the lower bound.
 * Messages that this draft parks are not in the table yet, but the bound must not be above them.
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

/** A state as the next item stores it. */
export type StateText = Pick<KeyItem, 'state' | 'stateVersion'>;
