import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTables } from '../../../local/storage/dynamo-tables.ts';
import { findBinary, startDynamoDb } from '../../../local/storage/dynamodb.ts';

const TABLE = {
  id: 'Table',
  name: 'Table',
  arn: 'arn:table',
  attributes: [{ name: 'pk', type: 'S' }],
  keys: [{ name: 'pk', type: 'HASH' }],
  stream: { arn: 'arn:table/stream', viewType: 'NEW_IMAGE' },
  ttlAttribute: 'expires',
} as const;

const folderOf = (file = '') => dirname(file);

test('the engine starts empty, and its folder goes with it', async () => {
  const dynamo = await startDynamoDb({});
  expect(await dynamo.call('DynamoDB_20120810.ListTables', {})).toMatchObject({ TableNames: [] });
  expect(existsSync(folderOf(dynamo.file))).toBe(true);
  await dynamo.close();
  expect(existsSync(folderOf(dynamo.file))).toBe(false);
  await expect(dynamo.call('DynamoDB_20120810.ListTables', {})).rejects.toThrow();
});

test('the engine and its folder go when this process is killed', async () => {
  const code = `
    import { startDynamoDb } from ${JSON.stringify(import.meta.resolve('../../../local/storage/dynamodb.ts'))};
    const { file, endpoint } = await startDynamoDb({});
    console.log(JSON.stringify({ file, endpoint }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data))),
  );
  const { file, endpoint } = Object(JSON.parse(line));
  expect(existsSync(file)).toBe(true);
  child.kill('SIGKILL');
  await expect.poll(() => existsSync(folderOf(file)), { timeout: 10_000 }).toBe(false);
  await expect(fetch(endpoint)).rejects.toThrow();
});

test('an endpoint that the user names is used as it is, and its tables are taken away again', async () => {
  const running = await startDynamoDb({});
  onTestFinished(() => running.close());
  const given = await startDynamoDb({ AWS_ENDPOINT_URL_DYNAMODB: running.endpoint });
  expect([given.endpoint, given.file]).toEqual([running.endpoint, undefined]);
  const tables = await createTables(given, [TABLE]);
  expect(tables.streamArns.get('arn:table/stream')).toMatch(/stream/);
  await expect(createTables(given, [TABLE])).rejects.toThrow(
    `table Table exists at ${running.endpoint}: delete it or use a fresh DynamoDB`,
  );
  await tables.close();
  await given.close();
  expect(await running.call('DynamoDB_20120810.ListTables', {})).toMatchObject({ TableNames: [] });
});

test('a platform without a package is named, with the way out', () => {
  expect(() => findBinary('sunos-sparc')).toThrow(
    /no package @dynoxide\/sunos-sparc for this platform: .*AWS_ENDPOINT_URL_DYNAMODB/,
  );
});

test('trimming forgets the records before the checkpoint and keeps the numbering', async () => {
  const dynamo = await startDynamoDb({});
  onTestFinished(() => dynamo.close());
  const tables = await createTables(dynamo, [TABLE]);
  onTestFinished(() => tables.close());
  const put = (n: number) =>
    dynamo.call('DynamoDB_20120810.PutItem', {
      TableName: 'Table',
      Item: { pk: { S: 'a' }, n: { N: `${n}` } },
    });
  const numbers = async () => {
    const StreamArn = tables.streamArns.get('arn:table/stream');
    const ask = async (operation: string, body: object) =>
      Object(await dynamo.call(`DynamoDBStreams_20120810.${operation}`, body));
    const [{ ShardId }] = (await ask('DescribeStream', { StreamArn })).StreamDescription.Shards;
    const start = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
    const { Records } = await ask('GetRecords', await ask('GetShardIterator', start));
    return Records.map((record: unknown) => Object(record).dynamodb.SequenceNumber);
  };
  for (const n of [1, 2, 3, 4]) await put(n);
  tables.trim('Table', '3');
  expect(await numbers()).toEqual(['3', '4']);
  tables.trim('Table', '99');
  await put(5);
  expect(await numbers()).toEqual(['4', '5']);
});
