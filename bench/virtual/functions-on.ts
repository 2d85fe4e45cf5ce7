/** Reader and compute, wired as in their handlers, on an environment of the virtual clock. */
import { createStateStore } from '../../functions/aws/dynamo-state-store.ts';
import { createTrialStore } from '../../functions/aws/dynamo-trials.ts';
import { createOutbox, createRequestsQueue } from '../../functions/aws/sqs.ts';
import { parseSqsEvent } from '../../functions/aws/sqs-records.ts';
import { createStateCache } from '../../functions/compute/cache.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import { partialBatchResponse } from '../../functions/incoming-message.ts';
import { defaultLimits } from '../../functions/limits.ts';
import type { Observe } from '../../functions/ports.ts';
import { createBudget } from '../../functions/reader/budget.ts';
import { readBatch } from '../../functions/reader/reader.ts';
import { createSender } from '../../functions/reader/sender.ts';
import type { Environment } from '../../simulate/world/simulated-environment.ts';
import { dynamoClient, type Services, sqsClient } from './clients.ts';
import type { Warm } from './mapping.ts';
import { pipelineOn } from './pipeline-on.ts';

export const REQUESTS = 'requests';
export const READINGS = 'readings.fifo';
export const DEAD = 'dead';

export function readerOn(own: Environment, services: Services, observe: Observe): Warm['handle'] {
  const sqs = sqsClient(own, services);
  const pipeline = pipelineOn(own);
  const base = { clock: own.clock, random: services.random, observe };
  const sendTo = (url: string) =>
    createSender({ ...base, outbox: createOutbox(sqs, url) }, pipeline.limits.lingerMs);
  const ports = {
    ...base,
    pipeline,
    budget: createBudget(pipeline.limits),
    startReading: notHere,
    send: sendTo(READINGS),
    submit: sendTo(REQUESTS),
    requests: createRequestsQueue(sqs, REQUESTS),
    deadLetters: createOutbox(sqs, DEAD),
  };
  return async (event, remainingMs) =>
    partialBatchResponse(await readBatch(parseSqsEvent(event), remainingMs, ports));
}

export function computeOn(own: Environment, services: Services, observe: Observe): Warm['handle'] {
  const dynamo = dynamoClient(own, services);
  const ports = {
    pipeline: pipelineOn(own),
    clock: own.clock,
    random: services.random,
    observe,
    store: createStateStore(dynamo, 'table'),
    trials: createTrialStore(dynamo, 'table'),
    cache: createStateCache(defaultLimits.cacheBytesMax),
    foldApart: notHere,
  };
  return async (event, remainingMs) =>
    partialBatchResponse(await computeBatch(parseSqsEvent(event), remainingMs, ports));
}

/** Only work that failed before runs apart, and nothing fails here. */
function notHere(): never {
  throw new Error('nothing is done apart here');
}
