import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, expect, test } from 'vitest';
import { startDynoxide } from '../../bench/systems/dynoxide.ts';
import { encodeItem } from '../../functions/aws/dynamo-items.ts';
import { createStateStore } from '../../functions/aws/dynamo-state-store.ts';
import { createTrialStore } from '../../functions/aws/dynamo-trials.ts';
import { decodeDead } from '../../functions/aws/set-aside-items.ts';
import { RECEIPT_REACH_DAYS } from '../../functions/limits.ts';
import { ITEM_FORMAT } from '../../functions/state.ts';
import { createEmbeddedDynamoDb } from '../../local/storage/embedded-dynamodb.ts';
import { clientOf } from '../../local/storage/sdk-client.ts';
import { buildItem } from '../item-builder.ts';
import { createMemoryStore } from '../memory-store.ts';
import { describeStateStore } from './state-store.ts';

const memory = createMemoryStore();
describeStateStore('in memory', async () => ({
  store: memory,
  putItem: async (item) => memory.putEncoded(item['pk']?.S ?? '', item),
  stored: async (key) => memory.encoded(key),
  putNewer: async (key) =>
    memory.putEncoded(key, { ...encodeItem(buildItem({ key })), format: { N: String(ITEM_FORMAT + 1) } }),
  dead: async (key) => memory.dead().filter((dead) => dead.key === key),
}));

const table = `states-${process.pid}`;
const engine = await startDynoxide();
const embedded = createEmbeddedDynamoDb(Date.now);
const clients = {
  'on another DynamoDB engine': new DynamoDBClient({
    endpoint: engine.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  }),
  'on the embedded DynamoDB': clientOf(embedded.backend),
};
afterAll(async () => {
  for (const client of Object.values(clients)) client.destroy();
  embedded.close();
  await engine.close();
});

for (const [name, client] of Object.entries(clients)) {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
        AttributeName,
        AttributeType: 'S' as const,
      })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  test(`${name}, the mark of a trial comes back as it was noted until it is cleared, and has an expiry`, async () => {
    const trials = createTrialStore(client, table);
    const mark = { deaths: 3, place: 'receipt:2', deathsAtPlace: 2, slow: true, upTo: 'receipt', until: 9 };
    expect(await trials.load('tried')).toBeUndefined();
    await trials.note('tried', { ...mark, deaths: 2 }, 1_000);
    await trials.note('tried', mark, 1_000);
    expect(await trials.load('tried')).toEqual(mark);
    const Key = { pk: { S: 'tried' }, sk: { S: 'trial' } };
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key }));
    expect(Item?.['expires']).toEqual({ N: String(1 + RECEIPT_REACH_DAYS * 86_400) });
    expect(await createStateStore(client, table).load('tried')).toBeUndefined();
    await trials.clear('tried');
    await trials.clear('tried');
    expect(await trials.load('tried')).toBeUndefined();
  });
  describeStateStore(name, async () => ({
    store: createStateStore(client, table),
    async putNewer(key) {
      const Item = { ...encodeItem(buildItem({ key })), format: { N: String(ITEM_FORMAT + 1) } };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async putItem(Item) {
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    async stored(key) {
      const Key = { pk: { S: key }, sk: { S: 'state' } };
      return (await client.send(new GetItemCommand({ TableName: table, Key }))).Item;
    },
    async dead(key) {
      const answer = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :key AND begins_with(sk, :dead)',
          ExpressionAttributeValues: { ':key': { S: key }, ':dead': { S: 'dead/' } },
        }),
      );
      return (answer.Items ?? []).map(decodeDead);
    },
  }));
}
