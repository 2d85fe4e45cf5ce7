/** The three functions, wired as in their handlers (functions/*\/handler.ts), each in one environment. */
import { createStateStore } from '../../functions/aws/dynamo-state-store.ts';
import { createTrialStore } from '../../functions/aws/dynamo-trials.ts';
import { createOutbox, createRequestsQueue } from '../../functions/aws/sqs.ts';
import { parseSqsEvent } from '../../functions/aws/sqs-records.ts';
import { parseStreamEvent } from '../../functions/aws/stream-records.ts';
import type { Lane } from '../../functions/backfill.ts';
import { createStateCache } from '../../functions/compute/cache.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import type { FoldApart } from '../../functions/compute/fold.ts';
import type { Shadow } from '../../functions/compute/shadow/shadow.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../../functions/incoming-message.ts';
import { makesSchedules, type Pipeline } from '../../functions/pipeline.ts';
import type { StartReading } from '../../functions/reader/apart.ts';
import { createBudget } from '../../functions/reader/budget.ts';
import { laneOf, portsOfLane } from '../../functions/reader/lanes.ts';
import { readBatch } from '../../functions/reader/reader.ts';
import { createSender } from '../../functions/reader/sender.ts';
import { writeBatch } from '../../functions/writer/writer.ts';
import { dynamoClient } from './dynamo-client.ts';
import { simulatedScheduler } from './scheduler-client.ts';
import type { Services } from './services.ts';
import type { Environment } from './simulated-environment.ts';
import { sqsClient } from './sqs-client.ts';

export type Handler = (event: unknown, remainingMs: number) => Promise<PartialBatchResponse>;
export type FunctionName = 'reader' | 'compute' | 'writer';

export interface Deployment {
  readonly services: Services;
  readonly random: () => number;
  readonly urls: Readonly<Record<'requests' | 'requestsDead' | 'readings' | 'readingsDead', string>> & {
    readonly backfill: string | undefined;
  };
}

/** The parts that run in a separate thread or process. */
export interface Apart {
  readonly foldApart: FoldApart;
  readonly startReading: StartReading;
  /** The shadow of compute, in a seed with one. */
  readonly shadow: Shadow | undefined;
}

const TABLE = 'table';

/** A cold start: creates everything that is kept between invocations. */
export function startFunction(
  name: FunctionName,
  own: Environment,
  pipeline: Pipeline,
  { foldApart, startReading, shadow }: Apart,
  { services, random, urls }: Deployment,
): Handler {
  const base = { clock: own.clock, random, observe: () => {} };
  const sqs = sqsClient(own, services);
  const dynamo = dynamoClient(own, services);
  const store = createStateStore(dynamo, TABLE);
  if (name === 'reader') {
    const ports = {
      ...base,
      pipeline,
      budget: createBudget(pipeline.limits),
      startReading,
      send: createSender({ ...base, outbox: createOutbox(sqs, urls.readings) }, pipeline.limits.lingerMs),
    };
    const queueOf = (lane: Lane) => {
      const url = lane === 'live' ? urls.requests : (urls.backfill ?? urls.requests);
      return { outbox: createOutbox(sqs, url), requests: createRequestsQueue(sqs, url) };
    };
    const common = { ...base, limits: pipeline.limits, deadLetters: createOutbox(sqs, urls.requestsDead) };
    const lanes = {
      live: { ...ports, ...portsOfLane('live', queueOf, common) },
      backfill: { ...ports, ...portsOfLane('backfill', queueOf, common) },
    };
    return async (event, remainingMs) =>
      partialBatchResponse(
        await readBatch(parseSqsEvent(event), remainingMs, lanes[laneOf(event, urls.backfill)]),
      );
  }
  if (name === 'compute') {
    const cache = createStateCache(pipeline.limits.cacheBytesMax);
    const trials = createTrialStore(dynamo, TABLE);
    const ports = { ...base, pipeline, store, trials, cache, foldApart, ...(shadow && { shadow }) };
    return async (event, remainingMs) =>
      partialBatchResponse(await computeBatch(parseSqsEvent(event), remainingMs, ports));
  }
  const scheduler = makesSchedules(pipeline) ? { scheduler: simulatedScheduler(own, services) } : {};
  const ports = {
    ...base,
    pipeline,
    store,
    deadLetters: createOutbox(sqs, urls.readingsDead),
    requests: createOutbox(sqs, urls.requests),
    ...scheduler,
  };
  return async (event, remainingMs) =>
    partialBatchResponse(await writeBatch(parseStreamEvent(event), remainingMs, ports));
}
