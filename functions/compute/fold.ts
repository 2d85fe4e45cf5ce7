/**
 * The fold: from one item and messages in their order to the next item. Pure: the same input gives the same commit.
 *
 * Readings are computed one after the other on a private copy of the state. When one throws, or makes a state that
 * cannot be kept, the copy is spoilt: the fold starts again in careful mode, which keeps the state as text after
 * every reading, so exactly the reading at fault is set aside and everything before and after it counts.
 */
import type { IncomingMessage } from '../batch.ts';
import { PermanentError, reasonOf } from '../errors.ts';
import { encodeJson } from '../json.ts';
import { OUTPUTS_BYTES_MAX, RECEIPTS_PER_PAGE, STATE_BYTES_MAX } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import { decodeMessage, type ReadingsMessage, receiptOf, singleReading } from '../readings.ts';
import {
  type Commit,
  type DeadReading,
  type KeyItem,
  type PartlyApplied,
  padSequenceNumber,
} from '../state.ts';

export interface Arrival {
  readonly incoming: IncomingMessage;
  readonly message: ReadingsMessage;
}

export interface FoldInput {
  readonly pipeline: Pipeline;
  readonly key: string;
  readonly base: KeyItem | undefined;
  /** Lineage of the item if it has to be begun. */
  readonly lineage: string;
  readonly arrivals: readonly Arrival[];
  /** Receipts of repeats that are no longer in the item. */
  readonly repeats: ReadonlySet<string>;
  readonly clock: Clock;
}

export interface Fold {
  /** Undefined when there is nothing new in the messages: all of them were applied before. */
  readonly commit: Commit | undefined;
  /** How many of the messages, from the first, are dealt with once the commit is made. */
  readonly taken: number;
  readonly readings: number;
}

export function fold(input: FoldInput): Fold {
  try {
    return run(input, false);
  } catch (error) {
    if (error instanceof SpoiltState) return run(input, true);
    throw error;
  }
}

class SpoiltState extends Error {}

/** One commit sets aside at most this many readings: a DynamoDB transaction has 100 items and 4 MB at the most. */
const DEAD_PER_COMMIT_MAX = 10;

interface Draft {
  state: unknown;
  /** The state as text after the last good reading: kept up to date in careful mode only. */
  checkpoint: string;
  sequenceNumber: string;
  sentAt: number;
  partly: readonly PartlyApplied[];
  readonly receipts: string[];
  readonly outputs: string[];
  readonly dead: DeadReading[];
  outputsBytes: number;
  applied: number;
  skipped: number;
  lastSkip: string;
}

function run(input: FoldInput, careful: boolean): Fold {
  const { base, arrivals, clock, pipeline } = input;
  const draft = begin(input);
  const stopAt = clock.now() + pipeline.limits.commitAfterMs;
  let taken = 0;
  for (const arrival of arrivals) {
    const sequenceNumber = padSequenceNumber(arrival.incoming.sequenceNumber);
    const receipt = receiptOf(arrival.message);
    const redelivered = base !== undefined && sequenceNumber <= base.sequenceNumber;
    // A repeat may also be in the same batch: the first waited in its group while SQS forgot its deduplication id.
    const repeated =
      base?.receipts.includes(receipt) || input.repeats.has(receipt) || draft.receipts.includes(receipt);
    if (!redelivered && !repeated) {
      const from = draft.partly.find((part) => part.receipt === receipt)?.count ?? 0;
      const message = careful ? decodeMessage(arrival.incoming.body) : arrival.message;
      const to = applyMessage({ ...arrival, message }, from, draft, input, careful, stopAt);
      draft.partly = draft.partly.filter((part) => part.receipt !== receipt);
      draft.sentAt = Math.max(draft.sentAt, arrival.incoming.sentAt);
      if (to < message.readings.length) {
        draft.partly = [...draft.partly, { receipt, count: to }];
        break;
      }
      draft.receipts.push(receipt);
      draft.sequenceNumber = sequenceNumber;
    }
    taken += 1;
    if (isFull(draft, clock, stopAt)) break;
  }
  return { commit: finish(input, draft, careful), taken, readings: readingsIn(draft) };
}

function begin({ base, key, pipeline }: FoldInput): Draft {
  const checkpoint =
    base?.state ?? encodeJson(pipeline.initial(key), `the initial state of ${JSON.stringify(key)}`);
  return {
    state: JSON.parse(checkpoint),
    checkpoint,
    sequenceNumber: base?.sequenceNumber ?? '',
    sentAt: base?.sentAt ?? 0,
    partly: base?.partly ?? [],
    receipts: [],
    outputs: [],
    dead: [],
    outputsBytes: 0,
    applied: 0,
    skipped: 0,
    lastSkip: base?.lastSkip ?? '',
  };
}

/** Applies the readings from `from` on until the draft is full; returns the first that was not taken. */
function applyMessage(
  { incoming, message }: Arrival,
  from: number,
  draft: Draft,
  input: FoldInput,
  careful: boolean,
  stopAt: number,
): number {
  for (let index = from; index < message.readings.length; index += 1) {
    if (readingsIn(draft) > 0 && isFull(draft, input.clock, stopAt)) return index;
    try {
      applyReading(message, index, incoming.sentAt, draft, input, careful);
    } catch (error) {
      if (!careful) throw new SpoiltState();
      draft.state = JSON.parse(draft.checkpoint);
      draft.dead.push(deadReading(incoming, index, error));
    }
  }
  return message.readings.length;
}

function applyReading(
  message: ReadingsMessage,
  index: number,
  sentAt: number,
  draft: Draft,
  { pipeline, key }: FoldInput,
  careful: boolean,
): void {
  const outputs: string[] = [];
  let skipped: string | undefined;
  const next = pipeline.compute(draft.state, message.readings[index], {
    key,
    request: message.request,
    sentAt,
    emit: (output) => {
      outputs.push(encodeJson(output, 'an output'));
    },
    skip: (reason) => {
      skipped = reasonOf(reason);
    },
  });
  if (next === undefined) throw new PermanentError('compute returned undefined instead of a state');
  if (isThenable(next)) {
    next.then(undefined, () => undefined); // Its rejection is nobody's: it must not end the process.
    throw new PermanentError(
      'compute returned a promise; it must be synchronous, what waits belongs into read or write',
    );
  }
  const bytes = outputs.reduce((sum, output) => sum + Buffer.byteLength(output), 0);
  if (bytes > OUTPUTS_BYTES_MAX) {
    throw new PermanentError(
      `one reading emitted outputs of ${bytes} bytes, ${OUTPUTS_BYTES_MAX} is the most`,
    );
  }
  // Before anything of this reading counts: a state that cannot be kept takes its outputs along.
  if (careful) draft.checkpoint = encodeState(next, key);
  draft.state = next;
  draft.outputs.push(...outputs);
  draft.outputsBytes += bytes;
  if (skipped === undefined) draft.applied += 1;
  else {
    draft.skipped += 1;
    draft.lastSkip = skipped;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** From the body, not from the decoded message: compute may have changed what it was given before it threw. */
function deadReading(incoming: IncomingMessage, index: number, error: unknown): DeadReading {
  const single = singleReading(decodeMessage(incoming.body), index);
  return {
    key: single.key,
    id: single.deduplicationId,
    body: single.body,
    group: single.group,
    reason: reasonOf(error),
    stage: 'compute',
    attempts: incoming.receiveCount,
    sentAt: incoming.sentAt,
  };
}

function isFull(draft: Draft, clock: Clock, stopAt: number): boolean {
  return (
    draft.dead.length >= DEAD_PER_COMMIT_MAX ||
    draft.outputsBytes >= OUTPUTS_BYTES_MAX / 2 ||
    clock.now() >= stopAt
  );
}

function readingsIn(draft: Draft): number {
  return draft.applied + draft.skipped + draft.dead.length;
}

function encodeState(state: unknown, key: string): string {
  const text = encodeJson(state, `the state of ${JSON.stringify(key)}`);
  const bytes = Buffer.byteLength(text);
  if (bytes > STATE_BYTES_MAX) {
    throw new PermanentError(
      `the state of ${JSON.stringify(key)} would have ${bytes} bytes, ${STATE_BYTES_MAX} is the most`,
    );
  }
  return text;
}

function finish({ base, key, lineage }: FoldInput, draft: Draft, careful: boolean): Commit | undefined {
  if (draft.receipts.length === 0 && readingsIn(draft) === 0) return undefined;
  let state = draft.checkpoint;
  if (!careful) {
    try {
      state = encodeState(draft.state, key);
    } catch {
      throw new SpoiltState();
    }
  }
  // Receipts leave the item only as a whole and never those of the commit at hand, so what page n holds follows
  // from the item alone: two writers that roll at once write the same page.
  const rolled = base !== undefined && base.receipts.length >= RECEIPTS_PER_PAGE ? base : undefined;
  const pages = (base?.pages ?? 0) + (rolled === undefined ? 0 : 1);
  const next: KeyItem = {
    key,
    lineage: base?.lineage ?? lineage,
    version: (base?.version ?? 0) + 1,
    state,
    sequenceNumber: draft.sequenceNumber,
    partly: draft.partly,
    receipts: rolled === undefined ? [...(base?.receipts ?? []), ...draft.receipts] : draft.receipts,
    pages,
    sentAt: draft.sentAt,
    counts: {
      applied: (base?.counts.applied ?? 0) + draft.applied,
      skipped: (base?.counts.skipped ?? 0) + draft.skipped,
      dead: (base?.counts.dead ?? 0) + draft.dead.length,
    },
    lastSkip: draft.lastSkip,
    outputs: draft.outputs,
  };
  const page =
    rolled === undefined
      ? {}
      : {
          page: {
            key,
            lineage: rolled.lineage,
            page: pages,
            sentAt: rolled.sentAt,
            receipts: rolled.receipts,
          },
        };
  return { base, next, dead: draft.dead, ...page };
}
