/** The reader function: joins the reader to AWS. Built once for each cold start. */

import { systemClock } from '../aws/clock.ts';
import { createOutbox, createRequestsQueue, createSqsClient } from '../aws/sqs.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../batch.ts';
import { ENV, requireEnv } from '../env.ts';
import { observe, observed } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { createBudget } from './budget.ts';
import type { ReaderPorts } from './read-request.ts';
import { readBatch } from './reader.ts';
import { createSender } from './sender.ts';

export function createHandler(pipeline: Pipeline) {
  const client = createSqsClient();
  const base = { clock: systemClock, random: Math.random, observe };
  const ports: ReaderPorts = {
    ...base,
    pipeline,
    budget: createBudget(pipeline.limits),
    send: createSender(
      { ...base, outbox: createOutbox(client, requireEnv(ENV.readingsQueueUrl)) },
      pipeline.limits.lingerMs,
    ),
    requests: createRequestsQueue(client, requireEnv(ENV.requestsQueueUrl)),
    deadLetters: createOutbox(client, requireEnv(ENV.requestsDeadLetterQueueUrl)),
  };
  return observed(
    'reader',
    { clock: systemClock, env: process.env },
    async (event, context): Promise<PartialBatchResponse> =>
      partialBatchResponse(await readBatch(parseSqsEvent(event), context.getRemainingTimeInMillis(), ports)),
  );
}
