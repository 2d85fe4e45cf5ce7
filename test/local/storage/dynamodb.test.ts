import { expect, onTestFinished, test, vi } from 'vitest';
import { startDynoxide } from '../../../bench/systems/dynoxide.ts';
import { createTables } from '../../../local/storage/dynamo-tables.ts';
import { openDynamoDb } from '../../../local/storage/dynamodb.ts';
import { scanTable } from '../../../local/storage/scan.ts';

const TABLE = {
  id: 'Table',
  name: 'Table',
  arn: 'arn:table',
  attributes: [{ name: 'pk', type: 'S' }],
  keys: [{ name: 'pk', type: 'HASH' }],
  stream: { arn: 'arn:table/stream', viewType: 'NEW_IMAGE' },
  ttlAttribute: 'expires',
} as const;

test('the embedded DynamoDB starts empty, opens no port and starts no process', async () => {
  const before = process.getActiveResourcesInfo().filter((name) => /TCP|Process/.test(name));
  const dynamo = openDynamoDb(Date.now, {});
  onTestFinished(() => dynamo.close());
  expect(await dynamo.call('DynamoDB_20120810.ListTables', {})).toMatchObject({ TableNames: [] });
  expect(process.getActiveResourcesInfo().filter((name) => /TCP|Process/.test(name))).toEqual(before);
});

test('an endpoint that the user names is used as it is, and its tables are taken away again', async () => {
  const running = await startDynoxide();
  onTestFinished(() => running.close());
  const given = openDynamoDb(Date.now, { AWS_ENDPOINT_URL_DYNAMODB: running.endpoint });
  onTestFinished(() => given.close());
  expect(given.name).toBe(running.endpoint);
  const tables = await createTables(given, [TABLE]);
  expect(tables.streamArns.get('arn:table/stream')).toMatch(/stream/);
  await expect(createTables(given, [TABLE])).rejects.toThrow(
    `table Table exists at ${running.endpoint}: delete it or use a fresh DynamoDB`,
  );
  await tables.close();
  expect(await running.call('DynamoDB_20120810.ListTables', {})).toMatchObject({ TableNames: [] });
});

test('a scan of a table returns all pages, with numbers and bytes as the SDK returns them', async () => {
  const dynamo = openDynamoDb(Date.now, {});
  onTestFinished(() => dynamo.close());
  await createTables(dynamo, [TABLE]);
  for (let n = 0; n < 4; n += 1) {
    const Item = {
      pk: { S: `${n}` },
      n: { N: '1.5' },
      bytes: { B: Buffer.alloc(300_000).toString('base64') },
    };
    await dynamo.call('DynamoDB_20120810.PutItem', { TableName: 'Table', Item });
  }
  const items = await scanTable(dynamo.backend, 'Table');
  expect(items.map(({ pk }) => pk?.S)).toEqual(['0', '1', '2', '3']);
  expect(items[3]?.['bytes']?.B?.byteLength).toBe(300_000);
  expect(items[3]?.['n']).toEqual({ N: '1.5' });
});

test('only expired items leave the embedded DynamoDB', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const dynamo = openDynamoDb(() => 2_000_000, {});
  onTestFinished(() => dynamo.close());
  await createTables(dynamo, [TABLE]);
  const put = (pk: string, rest: object) =>
    dynamo.call('DynamoDB_20120810.PutItem', { TableName: 'Table', Item: { pk: { S: pk }, ...rest } });
  await put('past', { expires: { N: '1999' } });
  await put('now', { expires: { N: '2000' } });
  await put('text', { expires: { S: '1' } });
  await put('never', {});
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  const kept = await scanTable(dynamo.backend, 'Table');
  expect(kept.map(({ pk }) => pk?.S)).toEqual(['never', 'now', 'text']);
});

test('trimming forgets the records before the checkpoint and keeps the numbering', async () => {
  const dynamo = openDynamoDb(Date.now, {});
  onTestFinished(() => dynamo.close());
  const tables = await createTables(dynamo, [TABLE]);
  const arn = tables.streamArns.get('arn:table/stream') ?? '';
  const put = (n: number) =>
    dynamo.call('DynamoDB_20120810.PutItem', {
      TableName: 'Table',
      Item: { pk: { S: 'a' }, n: { N: `${n}` } },
    });
  const numbers = async () => {
    const StreamArn = arn;
    const ask = async (operation: string, body: object) =>
      Object(await dynamo.call(`DynamoDBStreams_20120810.${operation}`, body));
    const [{ ShardId }] = (await ask('DescribeStream', { StreamArn })).StreamDescription.Shards;
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { Records } = await ask('GetRecords', await ask('GetShardIterator', start));
    return Records.map((record: unknown) => Object(record).dynamodb.SequenceNumber);
  };
  for (const n of [1, 2, 3, 4]) await put(n);
  dynamo.trim(arn, '3');
  expect(await numbers()).toEqual(['3', '4']);
  dynamo.trim(arn, '99');
  await put(5);
  expect(await numbers()).toEqual(['5']);
});
