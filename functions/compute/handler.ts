/** The compute function: joins compute to AWS. Built once for each cold start, cache included. */
import { systemClock } from '../aws/clock.ts';
import { createDynamoClient, createStateStore } from '../aws/dynamo-state-store.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../batch.ts';
import { ENV, requireEnv } from '../env.ts';
import { observe } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { createStateCache } from './cache.ts';
import { type ComputePorts, computeBatch } from './compute.ts';

interface Context {
  getRemainingTimeInMillis(): number;
}

export function createHandler(pipeline: Pipeline) {
  const ports: ComputePorts = {
    pipeline,
    store: createStateStore(createDynamoClient(), requireEnv(ENV.tableName)),
    cache: createStateCache(pipeline.limits.cacheBytesMax),
    clock: systemClock,
    random: Math.random,
    observe,
  };
  return async (event: unknown, context: Context): Promise<PartialBatchResponse> =>
    partialBatchResponse(await computeBatch(parseSqsEvent(event), context.getRemainingTimeInMillis(), ports));
}
