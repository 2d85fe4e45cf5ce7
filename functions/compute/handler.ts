/** The compute function: connects compute to AWS. Built once per environment, with its cache. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../aws/clock.ts';
import { createDynamoClient, createStateStore, rehearseLoad } from '../aws/dynamo-state-store.ts';
import { createTrialStore } from '../aws/dynamo-trials.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import { ENV, requireEnv } from '../env.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import type { Limits } from '../limits.ts';
import { createObserver } from '../observe.ts';
import { INITIALIZATION_TYPE, MANAGED_INSTANCES, oneAtATime } from '../one-at-a-time.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Observe } from '../ports.ts';
import { createStateCache } from './cache.ts';
import type { ComputePorts } from './commit-step.ts';
import { computeBatch } from './compute.ts';
import { createFoldApart, type RunFold } from './fold-apart.ts';
import { serveFold } from './fold-child.ts';
import type { Shadow } from './shadow/shadow.ts';

type MakeShadow = (client: DynamoDBClient, tableName: string, observe: Observe) => Shadow;

/** `makeShadow` is set if the pipeline has a shadow (shadow/handler.ts). */
export function createHandler(pipeline: Pipeline, makeShadow?: MakeShadow) {
  // The separate process of a fold runs this bundle too. There the next line does not return.
  serveFold(pipeline, systemClock);
  const { observe, observed } = createObserver('compute', {
    clock: systemClock,
    env: process.env,
    trace: pipeline.trace,
  });
  const client = createDynamoClient();
  const tableName = requireEnv(ENV.tableName);
  void rehearseLoad(client, tableName);
  const ports: ComputePorts = {
    pipeline,
    store: createStateStore(client, tableName),
    cache: createStateCache(pipeline.limits.cacheBytesMax),
    clock: systemClock,
    random: Math.random,
    observe,
    trials: createTrialStore(client, tableName),
    foldApart: createFoldApart(foldWhenNeeded(pipeline.limits), pipeline.limits, systemClock),
    ...(makeShadow && { shadow: makeShadow(client, tableName, observe) }),
  };
  const handle = observed(
    async (event, context): Promise<PartialBatchResponse> =>
      partialBatchResponse(
        await computeBatch(parseSqsEvent(event), context.getRemainingTimeInMillis(), ports),
      ),
  );
  return process.env[INITIALIZATION_TYPE] === MANAGED_INSTANCES ? oneAtATime(handle) : handle;
}

/** Most environments never run a fold in a separate process, so the code for it is imported when it is first needed. */
function foldWhenNeeded(limits: Limits): RunFold {
  let run: RunFold | undefined;
  return async (input, timeoutMs) => {
    const { createFoldProcess } = await import('./fold-process.ts');
    run ??= createFoldProcess(new URL(import.meta.url), limits);
    return run(input, timeoutMs);
  };
}
