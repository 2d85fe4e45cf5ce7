/** The reader function: connects the reader to AWS. Built once per environment. */

import { systemClock } from '../aws/clock.ts';
import { createOutbox, createRequestsQueue, createSqsClient } from '../aws/sqs.ts';
import { parseSqsEvent } from '../aws/sqs-records.ts';
import { ENV, requireEnv } from '../env.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../incoming-message.ts';
import { createObserver } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { createBudget } from './budget.ts';
import type { ReaderPorts } from './read-request.ts';
import { readBatch } from './reader.ts';
import { serveReads, startReadingProcess } from './reading-process.ts';
import { createSender } from './sender.ts';
import { catchStrays } from './strays.ts';

export function createHandler(pipeline: Pipeline) {
  catchStrays(process);
  // The separate process for reads (apart.ts) runs this bundle too. It only reads and needs no clients.
  if (serveReads(pipeline, systemClock)) return () => Promise.reject(new Error('this process only reads'));
  const { observe, observed } = createObserver('reader', { clock: systemClock, env: process.env });
  const client = createSqsClient();
  const base = { clock: systemClock, random: Math.random, observe };
  const ports: ReaderPorts = {
    ...base,
    pipeline,
    budget: createBudget(pipeline.limits),
    startReading: () => startReadingProcess(new URL(import.meta.url), pipeline.limits),
    send: createSender(
      { ...base, outbox: createOutbox(client, requireEnv(ENV.readingsQueueUrl)) },
      pipeline.limits.lingerMs,
    ),
    submit: createSender(
      { ...base, outbox: createOutbox(client, requireEnv(ENV.requestsQueueUrl)) },
      pipeline.limits.lingerMs,
      'a submitted request',
    ),
    requests: createRequestsQueue(client, requireEnv(ENV.requestsQueueUrl)),
    deadLetters: createOutbox(client, requireEnv(ENV.requestsDeadLetterQueueUrl)),
  };
  const { source, limits } = pipeline;
  // A pipeline without sources does not load the DynamoDB client.
  const limited =
    source &&
    import('../aws/create-source-ports.ts').then(({ createSourcePorts }) => ({
      ...ports,
      sources: createSourcePorts(client, source, limits, base),
    }));
  return observed(async (event, context): Promise<PartialBatchResponse> => {
    const messages = parseSqsEvent(event);
    const own = limited === undefined ? ports : await limited;
    return partialBatchResponse(await readBatch(messages, context.getRemainingTimeInMillis(), own));
  });
}
