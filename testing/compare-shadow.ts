/**
 * Compares another compute with the pipeline's own on the readings of a test, as a shadow does in a
 * deployment.
 */
import { systemClock } from '../functions/aws/clock.ts';
import { fromQueue } from '../functions/compute/arrival.ts';
import { foldCarefully } from '../functions/compute/fold.ts';
import type { FoldInput } from '../functions/compute/fold-input.ts';
import { type Comparison, compareCommit } from '../functions/compute/shadow/compare-commit.ts';
import type { ShadowFinding } from '../functions/compute/shadow/findings.ts';
import { jobOf } from '../functions/compute/shadow/shadow.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import { packReadings } from '../functions/pack.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import type { KeyItem } from '../functions/state.ts';
import { checkOptions, type TestOptions } from './options.ts';
import { recordRequests } from './record.ts';
import type { RecordedReading, RecordedRequest } from './recorded-request.ts';
import { inOrder } from './turns.ts';

export interface ShadowDifference extends ShadowFinding {
  readonly key: string;
}

export interface ShadowReport {
  readonly readings: number;
  /** Readings for which the shadow gave another result, and those on which only the shadow threw. */
  readonly different: number;
  readonly threw: number;
  /** The first ten differences of each message of readings. */
  readonly differences: readonly ShadowDifference[];
}

/** Throws if the two cannot be compared, for example because a compute is not pure. */
export async function compareShadow(
  pipeline: Pipeline,
  shadow: Pipeline,
  options: TestOptions,
): Promise<ShadowReport> {
  const checked = checkOptions(pipeline, options);
  checkOptions(shadow, options);
  const requests = inOrder(await recordRequests(pipeline, checked, checked.from));
  const comparisons = [...messagesOf(requests)].flatMap(([key, messages]) =>
    compareKey({ ...pipeline, order: { by: 'arrival', key: () => key } }, shadow, key, messages),
  );
  const sum = (of: 'readings' | 'different' | 'threw') =>
    comparisons.reduce((total, each) => total + each[of], 0);
  return {
    readings: sum('readings'),
    different: sum('different'),
    threw: sum('threw'),
    differences: comparisons.flatMap(({ key, findings }) => findings.map((finding) => ({ key, ...finding }))),
  };
}

type Message = FoldInput['arrivals'][number];

function messagesOf(requests: readonly RecordedRequest[]): Map<string, Message[]> {
  const byKey = new Map<string, Message[]>();
  for (const request of requests) {
    for (const [key, readings] of Map.groupBy(request.readings, (reading) => reading.key)) {
      byKey.set(key, [...(byKey.get(key) ?? []), ...packed(request, key, readings)]);
    }
  }
  return byKey;
}

/** Epoch ms, constant so that every run gives the same comparison. */
const SENT_AT = Date.UTC(2026, 0, 1);

function packed(
  { n, id, foundId }: RecordedRequest,
  key: string,
  readings: readonly RecordedReading[],
): Message[] {
  const origin = { id: id ?? foundId ?? `request-${n}`, since: SENT_AT };
  const values = readings.map(({ text }) => JSON.parse(text) as unknown);
  return (packReadings(origin, values, () => key).get(key) ?? []).map(({ body, group }, chunk) => {
    const messageId = `${origin.id} ${chunk}`;
    const sent = {
      messageId,
      receiptHandle: '',
      body,
      group,
      sentAt: SENT_AT,
      receiveCount: 1,
      attributes: {},
    };
    return fromQueue({ ...sent, sequenceNumber: String(n) }, decodeMessage(body));
  });
}

const STANDING_CLOCK = { now: () => 0, sleep: async () => {} };

/** A fold may stop before its commit becomes too large; the rest is folded next. */
function compareKey(
  pipeline: Pipeline,
  shadow: Pipeline,
  key: string,
  messages: readonly Message[],
): (Comparison & { readonly key: string })[] {
  const comparisons: (Comparison & { readonly key: string })[] = [];
  let base: KeyItem | undefined;
  for (let left = messages; left.length > 0; ) {
    const known = { receipts: new Set<string>(), places: new Set<string>() };
    const input = {
      key,
      base,
      lineage: 'test',
      arrivals: left.slice(0, 1),
      parked: [],
      known,
      condemned: new Map(),
    };
    const { commit, taken, readings } = foldCarefully(pipeline, STANDING_CLOCK, input);
    if (commit === undefined) break;
    comparisons.push({
      key,
      ...compareCommit(pipeline, shadow, jobOf(input, readings, commit.next), systemClock),
    });
    base = commit.next;
    if (commit.next.stopped !== undefined) break;
    left = left.slice(taken);
  }
  return comparisons;
}
