/** A table on the embedded DynamoDB, a compute function that fills it, and a client that reads it. */
import { CreateTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { type Client, createClient } from '../../client/client.ts';
import { createStateStore } from '../../functions/aws/dynamo-state-store.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import { definePipeline } from '../../functions/pipeline.ts';
import type { Clock } from '../../functions/ports.ts';
import type { EncodedMessage } from '../../functions/readings.ts';
import type { StateStore } from '../../functions/state-store.ts';
import { createEmbeddedDynamoDb } from '../../local/storage/embedded-dynamodb.ts';
import { clientOf } from '../../local/storage/sdk-client.ts';
import { buildCompute, buildMessage, deliver, type MessageParts } from '../builders.ts';
import { createInstantClock } from '../clocks.ts';

/** A reading says itself what becomes of it. */
export const pipeline = definePipeline({
  name: 'client-test',
  request: v.object({ n: v.number() }),
  read: async () => [''],
  initial: () => ({ count: 0 }),
  compute: (state, reading: string, { skip }) => {
    if (reading.startsWith('bad')) throw new Error('no such meter');
    if (reading.startsWith('skip')) skip('known already');
    else state.count += 1;
    return state;
  },
});

export interface Stage {
  readonly dynamo: DynamoDBClient;
  readonly store: StateStore;
  readonly client: Client<{ count: number }, { n: number }>;
  /** One invocation of the compute function over one message, new to the queue unless it says otherwise. */
  compute(parts: MessageParts): Promise<void>;
  hear(message: EncodedMessage): Promise<void>;
}

export const TABLE = 'States';
export const WHERE = { requestsQueueUrl: 'https://queue', tableName: TABLE };

export async function createStage(
  clock: Clock = createInstantClock(),
  parts: Partial<Parameters<typeof buildCompute>[0]> = {},
): Promise<Stage> {
  const dynamo = clientOf(createEmbeddedDynamoDb(() => 1_000_000).backend);
  await dynamo.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  const store = createStateStore(dynamo, TABLE);
  const stage = { ...buildCompute({ pipeline, ...parts }), store };
  let sequence = 0;
  const take = async (message: ReturnType<typeof deliver>) => {
    const failed = await computeBatch([message], 30_000, stage);
    if (failed.length > 0) throw new Error(`compute gave back ${failed}`);
  };
  return {
    dynamo,
    store,
    client: createClient<typeof pipeline>({ ...WHERE, dynamo, clock }),
    async compute(message) {
      sequence += 1;
      await take(buildMessage({ sequence, ...message }));
    },
    async hear(message) {
      sequence += 1;
      await take(deliver(message, { sequence }));
    },
  };
}
