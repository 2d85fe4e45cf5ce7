/** The writer function: joins the writer to AWS. Built once for each cold start. */
import { systemClock } from '../aws/clock.ts';
import { createDynamoClient, createStateStore } from '../aws/dynamo-state-store.ts';
import { createOutbox, createSqsClient } from '../aws/sqs.ts';
import { parseStreamEvent } from '../aws/stream-records.ts';
import { type PartialBatchResponse, partialBatchResponse } from '../batch.ts';
import { ENV, requireEnv } from '../env.ts';
import { observe, observed } from '../observe.ts';
import type { Pipeline } from '../pipeline.ts';
import { type WriterPorts, writeBatch } from './writer.ts';

export function createHandler(pipeline: Pipeline) {
  const ports: WriterPorts = {
    pipeline,
    store: createStateStore(createDynamoClient(), requireEnv(ENV.tableName)),
    deadLetters: createOutbox(createSqsClient(), requireEnv(ENV.readingsDeadLetterQueueUrl)),
    clock: systemClock,
    observe,
  };
  return observed(
    'writer',
    { clock: systemClock, env: process.env },
    async (event, context): Promise<PartialBatchResponse> =>
      partialBatchResponse(
        await writeBatch(parseStreamEvent(event), context.getRemainingTimeInMillis(), ports),
      ),
  );
}
