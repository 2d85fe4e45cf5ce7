/** `weir export` and `weir keys --where` as users call them, on the embedded DynamoDB behind a socket. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, onTestFinished, test } from 'vitest';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { createEmbeddedDynamoDb } from '../../../local/storage/embedded-dynamodb.ts';
import { buildItem } from '../../item-builder.ts';
import { temporaryFolder } from '../../operate/queues.ts';
import { startWeir, until, weir, weirJson } from '../weir.ts';

/** A folder in which a local run seems to be up, with these states by key. */
async function folderWith(states: Readonly<Record<string, string | undefined>>): Promise<string> {
  const embedded = createEmbeddedDynamoDb(Date.now);
  const server = createServer((request, response) => {
    // Which run it is.
    if (request.method === 'GET') return void response.end(JSON.stringify({ process: process.pid }));
    void buffer(request).then(async (body) => {
      const target = String(request.headers['x-amz-target']);
      const answer = await embedded.backend(target, body, new AbortController().signal);
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    embedded.close();
  });
  const address = server.address();
  const endpoint = `http://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  onTestFinished(() => dynamo.destroy());
  const TableName = 'States';
  await dynamo.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  for (const [key, state] of Object.entries(states)) {
    await dynamo.send(new PutItemCommand({ TableName, Item: encodeItem(buildItem({ key, state })) }));
  }
  const url = (name: string) => `${endpoint}/000000000000/${name}`;
  const addresses = {
    name: 'ledger-test',
    table: TableName,
    functions: {},
    mappings: {},
    requestsQueue: url('a'),
    requestsDeadLetterQueue: url('b'),
    readingsQueue: url('c'),
    readingsDeadLetterQueue: url('d'),
  };
  const access = {
    endpoint,
    region: 'us-east-1',
    accessKeyId: 'LOCAL-operator',
    failedOutputsFolder: temporaryFolder(),
    startedAt: new Date().toISOString(),
  };
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, '.weir'));
  const announcement = JSON.stringify({ process: process.pid, addresses, access });
  writeFileSync(join(cwd, '.weir/local.json'), announcement);
  return cwd;
}

const STATES = { a: '{"n":-0}', b: '{"n":2}', c: '{"n":1e400}', unbegun: undefined };

describe('weir export', () => {
  test('writes each state as a line with its numbers as stored, and reports on standard error what it left out', async () => {
    const cwd = await folderWith(STATES);
    const { status, stdout, stderr } = await weir(['export'], { cwd });
    expect(stdout.trim().split('\n').toSorted()).toEqual([
      '{"key":"a","version":1,"state":{"n":-0}}',
      '{"key":"b","version":1,"state":{"n":2}}',
      '{"key":"c","version":1,"state":{"n":1e400}}',
    ]);
    expect(stderr).toBe('Exported 3 states of ledger-test; 1 key without a state left out.\n');
    expect(status).toBe(0);
  });

  test('writes only the keys that were asked for', async () => {
    const cwd = await folderWith(STATES);
    const { stdout } = await weir(['export', '--where', 'n > 1', '--prefix', 'b'], { cwd });
    expect(stdout).toBe('{"key":"b","version":1,"state":{"n":2}}\n');
  });

  test('ends with status 141 when its reader is gone', async () => {
    const large = JSON.stringify('x'.repeat(200_000));
    const cwd = await folderWith(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`k${n}`, large])));
    const child = startWeir(['export'], { cwd });
    child.stdout?.destroy();
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(141);
  });
});

describe('weir keys --where', () => {
  test('lists the keys whose state meets the condition', async () => {
    const cwd = await folderWith(STATES);
    expect(await weirJson(['keys', '--where', 'n >= 2'], { cwd })).toMatchObject({ complete: true });
    expect(await weirJson(['keys', '--where', 'n = 2'], { cwd })).toMatchObject({ keys: [{ key: 'b' }] });
  });

  test('refuses a condition that it cannot read, with examples', async () => {
    const { status, stderr } = await weir(['keys', '--where', 'n is 2'], { cwd: temporaryFolder() });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^weir keys: --where "n is 2": it is no path, .* Such as: count > 3/);
  });
});

test('weir state --json gives a state with its numbers as stored', async () => {
  const cwd = await folderWith(STATES);
  const { stdout } = await weir(['state', 'a', '--json'], { cwd });
  expect(stdout).toMatch(/"state": \{\n *"n": -0\n/);
});
