import { expect, test } from 'vitest';
import {
  askForUnits,
  type MeteredCall,
  meterCall,
  meterInvocation,
  meterSqs,
} from '../../../local/bill/meter.ts';
import { createCalls } from '../../../local/gateway/call-counts.ts';
import { createTables } from '../../../local/storage/dynamo-tables.ts';
import { openDynamoDb } from '../../../local/storage/dynamodb.ts';

const call = (service: 'SQS' | 'DynamoDB', operation: string, body: object): MeteredCall => ({
  service,
  operation,
  body: Buffer.from(JSON.stringify(body)),
});
const batchOf = (entries: number, bytes: number, queue: string) =>
  call('SQS', 'SendMessageBatch', {
    QueueUrl: `http://127.0.0.1:1/000000000000/${queue}`,
    Entries: Array.from({ length: entries }, (_, index) => ({
      Id: String(index),
      MessageBody: '"'.repeat(bytes),
    })),
  });
const quantitiesOf = (calls: ReturnType<typeof createCalls>) =>
  calls.usage().map(({ item, detail, quantity }) => [item, detail, quantity]);

test('a batch of up to 64 KB is one request, every further 64 KB another', () => {
  const calls = createCalls();
  for (const bytes of [0, 1, 64 * 1024]) meterSqs(calls, 'standard', 'SendMessageBatch', bytes);
  meterSqs(calls, 'fifo', 'SendMessageBatch', 64 * 1024 + 1);
  expect(quantitiesOf(calls)).toEqual([
    ['sqs.standard', 'SendMessageBatch', 3],
    ['sqs.fifo', 'SendMessageBatch', 2],
  ]);
});

test('a batch is billed by its messages, not by their JSON text', () => {
  const calls = createCalls();
  // 60 KB of quotes are 120 KB of JSON.
  meterCall(calls, batchOf(10, 6 * 1024, 'readings.fifo'), 200, '{}');
  meterCall(calls, batchOf(10, 7 * 1024, 'requests'), 200, '{}');
  expect(quantitiesOf(calls)).toEqual([
    ['sqs.fifo', 'SendMessageBatch', 1],
    ['sqs.standard', 'SendMessageBatch', 2],
  ]);
});

test('messages with a group id make a standard queue a fair one, which has a surcharge; a FIFO queue has none', () => {
  const calls = createCalls();
  const grouped = (queue: string) =>
    call('SQS', 'SendMessage', {
      QueueUrl: `http://127.0.0.1:1/0/${queue}`,
      MessageBody: '',
      MessageGroupId: 't',
    });
  meterCall(calls, grouped('requests'), 200, '{}');
  meterCall(calls, grouped('readings.fifo'), 200, '{}');
  const quoted = { QueueUrl: 'http://127.0.0.1:1/0/requests', MessageBody: '{"MessageGroupId":"t"}' };
  meterCall(calls, call('SQS', 'SendMessage', quoted), 200, '{}');
  expect(quantitiesOf(calls)).toEqual([
    ['sqs.standard', 'SendMessage', 2],
    ['sqs.fair', 'SendMessage', 1],
    ['sqs.fifo', 'SendMessage', 1],
  ]);
});

test('an invocation is billed by its milliseconds and its memory', () => {
  const calls = createCalls();
  meterInvocation(calls, 'Reader', 2000, 512);
  expect(quantitiesOf(calls)).toEqual([
    ['lambda.requests', 'Reader', 1],
    ['lambda.gbSeconds', 'Reader', 1],
  ]);
});

test('units of writes and reads are those of DynamoDB, a failed condition and a transaction included', async () => {
  const dynamo = openDynamoDb(Date.now, {});
  const { backend } = dynamo;
  const tables = await createTables(dynamo, [
    {
      id: 'Table',
      name: 'metered',
      arn: 'arn:aws:dynamodb:us-east-1:000000000000:table/metered',
      attributes: [{ name: 'pk', type: 'S' }],
      keys: [{ name: 'pk', type: 'HASH' }],
      stream: undefined,
      ttlAttribute: undefined,
    },
  ]);
  try {
    const unitsOf = async (operation: string, body: object) => {
      const calls = createCalls();
      const made = call('DynamoDB', operation, body);
      const answer = await backend(
        `DynamoDB_20120810.${operation}`,
        askForUnits(made),
        new AbortController().signal,
      );
      meterCall(calls, made, answer.status, answer.body);
      return quantitiesOf(calls).map(([item, , quantity]) => [item, quantity]);
    };
    const TableName = 'metered';
    const item = (pk: string, bytes: number) => ({ pk: { S: pk }, text: { S: 'x'.repeat(bytes) } });
    expect(await unitsOf('PutItem', { TableName, Item: item('a', 1500) })).toEqual([
      ['dynamodb.writeUnits', 2],
    ]);
    // A write is billed by the larger of what was there and what is.
    expect(await unitsOf('PutItem', { TableName, Item: item('a', 10) })).toEqual([
      ['dynamodb.writeUnits', 2],
    ]);
    const refused = { TableName, Item: item('a', 2500), ConditionExpression: 'attribute_not_exists(pk)' };
    expect(await unitsOf('PutItem', refused)).toEqual([['dynamodb.writeUnits', 3]]);
    const two = ['b', 'c'].map((pk) => ({ Put: { TableName, Item: item(pk, 100) } }));
    expect(await unitsOf('TransactWriteItems', { TransactItems: two })).toEqual([['dynamodb.writeUnits', 4]]);
    await unitsOf('PutItem', { TableName, Item: item('big', 5000) });
    const get = { TableName, Key: { pk: { S: 'big' } }, ConsistentRead: true };
    expect(await unitsOf('GetItem', get)).toEqual([['dynamodb.readUnits', 2]]);
    expect(await unitsOf('GetItem', { ...get, TableName: 'elsewhere' })).toEqual([['dynamodb.readUnits', 0]]);
  } finally {
    await tables.close();
    dynamo.close();
  }
});
