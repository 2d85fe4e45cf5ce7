/**
 * W4: the cost of the compute handler beyond the user's computation and one JSON text of the state per
 * commit. The handler runs as deployed, from the parsed event to the partial batch response, with a store
 * that accepts everything.
 */

import { systemClock } from '../functions/aws/clock.ts';
import { parseSqsEvent } from '../functions/aws/sqs-records.ts';
import { createStateCache } from '../functions/compute/cache.ts';
import type { ComputePorts } from '../functions/compute/commit-step.ts';
import { computeBatch } from '../functions/compute/compute.ts';
import { fold } from '../functions/compute/fold.ts';
import { partialBatchResponse } from '../functions/incoming-message.ts';
import { defaultLimits } from '../functions/limits.ts';
import { definePipeline, type Pipeline } from '../functions/pipeline.ts';
import type { StateStore } from '../functions/state-store.ts';
import { buildEvents } from './events.ts';

export interface FoldCase {
  readonly stateKb: number;
  readonly readingsPerMessage: number;
}

export const FOLD_CASES: readonly FoldCase[] = [0.2, 4, 64].flatMap((stateKb) =>
  [1, 100].map((readingsPerMessage) => ({ stateKb, readingsPerMessage })),
);

export const MESSAGES_PER_BATCH = 10;

interface Tally {
  readonly counts: Record<string, number>;
}

interface Reading {
  readonly bucket: string;
  readonly value: number;
}

/** Microseconds per reading. */
export async function measureFold(
  { stateKb, readingsPerMessage }: FoldCase,
  batches: number,
): Promise<number> {
  const buckets = Array.from({ length: Math.ceil((stateKb * 1024) / BUCKET_BYTES) }, (_, index) =>
    nameOf(index),
  );
  const readings = Array.from(
    { length: readingsPerMessage },
    (_, index): Reading => ({ bucket: buckets[index % buckets.length] ?? '', value: 1 }),
  );
  const pipeline = tallyPipeline(buckets);
  const messages = Array.from({ length: MESSAGES_PER_BATCH }, () => readings);
  const warmUp = Math.ceil(batches / 4);
  const events = buildEvents(messages, batches + warmUp);
  const ports = portsOf(pipeline, YES);
  const handle = async (event: object) => {
    const failed = await computeBatch(parseSqsEvent(event), 60_000, ports);
    if (partialBatchResponse(failed).batchItemFailures.length > 0) throw new Error('a message came back');
  };
  for (const event of events.slice(0, warmUp)) await handle(event);
  const start = performance.now();
  for (const event of events.slice(warmUp)) await handle(event);
  const totalMs = performance.now() - start;
  const ownMs = totalMs - userMs(messages.flat(), buckets, batches);
  return (ownMs * 1000) / (batches * MESSAGES_PER_BATCH * readingsPerMessage);
}

/** `"bucket-0042":1234567,` */
const BUCKET_BYTES = 20;

function nameOf(index: number): string {
  return `bucket-${String(index).padStart(4, '0')}`;
}

function tallyPipeline(buckets: readonly string[]): Pipeline {
  return definePipeline({
    name: 'tally',
    request: { '~standard': { version: 1, vendor: 'bench', validate: () => ({ value: null }) } },
    read: async (): Promise<Reading[]> => [],
    initial: () => beginTally(buckets),
    compute: tally,
  });
}

function beginTally(buckets: readonly string[]): Tally {
  return { counts: Object.fromEntries(buckets.map((bucket, index) => [bucket, 1_000_000 + index])) };
}

function tally(state: Tally, { bucket, value }: Reading): Tally {
  state.counts[bucket] = (state.counts[bucket] ?? 0) + value;
  return state;
}

/** The same computations and one text of the state per batch, without Weir. */
function userMs(readings: readonly Reading[], buckets: readonly string[], batches: number): number {
  let state = beginTally(buckets);
  let bytes = 0;
  const start = performance.now();
  for (let batch = 0; batch < batches; batch += 1) {
    for (const reading of readings) state = tally(state, reading);
    bytes += JSON.stringify(state).length;
  }
  const ms = performance.now() - start;
  if (bytes === 0) throw new Error('the texts have no bytes');
  return ms;
}

export function portsOf(pipeline: Pipeline, store: StateStore): ComputePorts {
  return {
    pipeline,
    store,
    clock: systemClock,
    random: Math.random,
    cache: createStateCache(defaultLimits.cacheBytesMax),
    observe: () => undefined,
    trials: { load: async () => undefined, note: async () => undefined, clear: async () => undefined },
    foldApart: (input) => Promise.resolve(fold(pipeline, systemClock, input)),
  };
}

/** A store in which every condition holds and nothing is kept. */
export const YES: StateStore = {
  load: async () => undefined,
  commit: async () => ({ outcome: 'committed' }),
  pages: async () => [],
  parked: async () => [],
  deadCopies: async () => ({ copies: [], complete: true }),
  bury: async () => undefined,
};
