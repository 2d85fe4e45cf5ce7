/**
 * Today's pattern, second stage: Powertools' FIFO processor takes the messages one by one, an idempotency
 * record keeps a message from being processed twice, and one conditional update adds its readings to the
 * state.
 */

import { processPartialResponse, SqsFifoPartialProcessorAsync } from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { requireEnv } from '../../functions/env.ts';
import { createObserver } from '../../functions/observe.ts';
import { spend } from '../spend.ts';
import { timed } from './timed.ts';

const client = new DynamoDBClient({});
const { observe } = createObserver('compute', { clock: { now: Date.now }, env: process.env });
const stateTable = requireEnv('STATE_TABLE');
const config = new IdempotencyConfig({ eventKeyJmesPath: 'messageId' });

async function apply({ body }: SQSRecord): Promise<void> {
  const { id, key, busyMs, blockMs, values } = timed(body);
  let sum = 0;
  for (const value of values) {
    spend(busyMs, blockMs);
    sum += value;
  }
  const start = Date.now();
  await client.send(
    new UpdateItemCommand({
      TableName: stateTable,
      Key: { pk: { S: key } },
      UpdateExpression: 'SET lastId = :id ADD readings :readings, summed :summed',
      ConditionExpression: 'attribute_not_exists(lastId) OR lastId <> :id',
      ExpressionAttributeValues: {
        ':id': { S: id },
        ':readings': { N: String(values.length) },
        ':summed': { N: String(sum) },
      },
    }),
  );
  const end = Date.now();
  observe({ kind: 'compute', key, start, end: start, readings: values.length });
  observe({ kind: 'commit', key, version: 0, start, end, outcome: 'committed' });
}

const applyOnce = makeIdempotent(apply, {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName: requireEnv('IDEMPOTENCY_TABLE') }),
  config,
});

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  config.registerLambdaContext(context);
  return processPartialResponse(event, applyOnce, new SqsFifoPartialProcessorAsync(), {
    context,
    skipGroupOnError: true,
  });
}
