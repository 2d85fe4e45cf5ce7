/** The compute function: joins compute to AWS. Built once for each cold start, cache included. */
import { systemClock } from '../aws/clock.ts';
import { createDynamoClient, createStateStore } from '../aws/dynamo-state-store.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../batch.ts';
import { ENV, requireEnv } from '../env.ts';
import { observe, observed } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { createStateCache } from './cache.ts';
import type { ComputePorts } from './commit-step.ts';
import { computeBatch } from './compute.ts';
import { createFoldApart, serveFolds } from './fold-apart.ts';

export function createHandler(pipeline: Pipeline) {
  // The bundle is also what a fold apart runs: that thread answers its fold and needs nothing else.
  if (serveFolds(pipeline, systemClock)) return () => Promise.reject(new Error('this thread only folds'));
  const ports: ComputePorts = {
    pipeline,
    store: createStateStore(createDynamoClient(), requireEnv(ENV.tableName)),
    cache: createStateCache(pipeline.limits.cacheBytesMax),
    clock: systemClock,
    random: Math.random,
    observe,
    foldApart: createFoldApart(new URL(import.meta.url), pipeline, systemClock),
  };
  return observed(
    'compute',
    { clock: systemClock, env: process.env },
    async (event, context): Promise<PartialBatchResponse> =>
      partialBatchResponse(
        await computeBatch(parseSqsEvent(event), context.getRemainingTimeInMillis(), ports),
      ),
  );
}
