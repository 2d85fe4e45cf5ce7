/**
 * Folds one message of a key as the compute function does, and again in another year and with other random
 * numbers: `compute`, `wake` and `migrate` must give the same result.
 */
import { isDeepStrictEqual } from 'node:util';
import { type FromQueue, fromQueue } from '../functions/compute/arrival.ts';
import { type Fold, foldCarefully } from '../functions/compute/fold.ts';
import type { FoldInput } from '../functions/compute/fold-input.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import type { EncodedMessage } from '../functions/readings.ts';
import { type KeyItem, stateOf } from '../functions/state.ts';
import type { Commit } from '../functions/state-store.ts';
import { refuse } from './options.ts';
import { withOutside } from './outside.ts';
import { show, UNREPEATABLE } from './report.ts';

export interface Sent {
  readonly sentAt: number;
  /** The message's position among the messages of its key. */
  readonly number: number;
}

/** Calls `landed` with each commit: a fold may stop early and continue from its own commit. */
export function foldTwice(
  pipeline: Pipeline,
  base: KeyItem | undefined,
  { key, body, group }: EncodedMessage,
  { sentAt, number }: Sent,
  landed: (commit: Commit) => void,
): void {
  const incoming = {
    ...{ messageId: `message-${number}`, receiptHandle: '', body, group, sequenceNumber: String(number) },
    ...{ sentAt, receiveCount: 1, attributes: {} },
  };
  const arrival = fromQueue(incoming, decodeMessage(body));
  for (let before = base; ; ) {
    const { commit, taken } = foldBoth(pipeline, key, before, arrival);
    if (commit !== undefined) landed(commit);
    before = commit?.next ?? before;
    if (taken === 1 || commit === undefined) return;
  }
}

function foldBoth(pipeline: Pipeline, key: string, base: KeyItem | undefined, arrival: FromQueue): Fold {
  const input: FoldInput = {
    ...{ key, base, lineage: 'test', arrivals: [arrival], parked: [] },
    ...{ known: { receipts: new Set(), places: new Set() }, condemned: new Map() },
  };
  const asked = new Set<string>();
  const run = () => foldCarefully(pipeline, STANDING_CLOCK, input);
  const folded = withOutside('as it is', asked, run);
  const again = withOutside('another', asked, run);
  if (!isDeepStrictEqual(effectOf(folded), effectOf(again))) refuseUnrepeatable(folded, again, asked);
  return folded;
}

/** A standing clock gives the same result on every run: no fold stops early because of the time it took. */
const STANDING_CLOCK = { now: () => 0, sleep: async () => {} };

/** Compared as values, because the order of properties does not matter. */
function effectOf({ commit }: Fold): unknown {
  if (commit === undefined) return undefined;
  const { next, dead } = commit;
  const { counts, lastSkip, wakes } = next;
  const outputs = next.outputs.map((text): unknown => JSON.parse(text));
  return {
    state: stateOf(next),
    outputs,
    counts,
    lastSkip,
    wakes,
    reasons: dead.map(({ reason }) => reason),
  };
}

function refuseUnrepeatable(one: Fold, other: Fold, asked: ReadonlySet<string>): never {
  const results = [one, other].map((fold) => `  ${show(effectOf(fold))}`).join('\n');
  const outside = asked.size === 0 ? '' : `\n  it used ${[...asked].join(' and ')}`;
  return refuse(
    `a message, computed twice on the same state, gave different results:\n${results}${outside}\n  ${UNREPEATABLE}`,
  );
}
