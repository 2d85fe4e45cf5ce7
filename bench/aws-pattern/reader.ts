/**
 * Today's pattern, first stage: reads a batch of requests concurrently and sends the readings in one call at
 * the end.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { requireEnv } from '../../functions/env.ts';
import { timed } from './timed.ts';

const client = new SQSClient({});
const readingsQueueUrl = requireEnv('READINGS_QUEUE_URL');

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const processor = new BatchProcessor(EventType.SQS);
  const read: { id: string; key: string; body: string }[] = [];
  const readOne = async (record: SQSRecord) => {
    const { readMs, ...request } = timed(record.body);
    if (readMs > 0) await wait(readMs);
    read.push({
      id: record.messageId,
      key: request.key,
      body: JSON.stringify({ ...request, id: record.messageId }),
    });
  };
  const response = await processPartialResponse(event, readOne, processor, { context });
  if (read.length > 0) {
    const answer = await client.send(
      new SendMessageBatchCommand({
        QueueUrl: readingsQueueUrl,
        Entries: read.map(({ id, key, body }, index) => ({
          Id: String(index),
          MessageBody: body,
          MessageGroupId: key,
          MessageDeduplicationId: id,
        })),
      }),
    );
    if (answer.Failed?.length) throw new Error(`SQS refused ${answer.Failed.length} messages`);
  }
  return response;
}
