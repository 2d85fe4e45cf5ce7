/**
 * Weir's clients in a function's thread, over HTTP and through a message port: the same calls to the same gateway end in the
 * same way. With a port, the gateway's address leads nowhere, so that no call can have used a socket.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import type { Call, Interception } from '../../../local/gateway/call.ts';
import { createCalls } from '../../../local/gateway/call-counts.ts';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { createFunction } from '../../../local/lambda/deployed-function.ts';
import { functionEnv } from '../../../local/lambda/function-env.ts';
import { createEmbeddedDynamoDb } from '../../../local/storage/embedded-dynamodb.ts';
import { sqsBackend } from '../../../local/storage/queues.ts';
import { createQueue } from '../../../model/queue/queue.ts';
import { temporaryDirectory } from '../tiny-stack.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Makes the calls that the event names, and answers with what a caller sees of each. */
const CODE = `
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoClient } from './functions/aws/dynamo-state-store.ts';
import { createOutbox, createRequestsQueue, createSqsClient } from './functions/aws/sqs.ts';
const dynamo = createDynamoClient();
const sqs = createSqsClient();
const queue = process.env.QUEUE;
const calls = {
  put: (pk) => dynamo.send(new PutItemCommand({
    TableName: 'state', Item: { pk: { S: pk }, bytes: { B: new Uint8Array([1, 2]) } },
    ConditionExpression: 'attribute_not_exists(pk)', ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })),
  get: (pk) => dynamo.send(new GetItemCommand({ TableName: 'state', Key: { pk: { S: pk } } })),
  find: () => dynamo.send(new QueryCommand({ TableName: 'state', KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'é\\u2028' } } })),
  send: (body) => createOutbox(sqs, queue).sendBatch([{ body, attributes: { a: 'ü' } }]),
  receive: async () => (await createRequestsQueue(sqs, queue).receive(10, 60)).map(({ body }) => body),
  late: async () => { const { now } = Date; Date.now = () => now() - 3_600_000; },
  forget: async () => { delete process.env.AWS_ACCESS_KEY_ID; return 'forgotten'; },
};
export async function handler(names) {
  const seen = [];
  for (const [name, ...given] of names) {
    seen.push(await calls[name](...given).then((value) => ({ value: plain(value) }), (error) => ({
      name: error.name, message: error.message, fault: error.$fault, item: plain(error.Item),
      attempts: error.$metadata?.attempts, status: error.$metadata?.httpStatusCode,
    })));
  }
  return seen;
}
const plain = (value) => value && JSON.parse(JSON.stringify(value, (key, inner) => key === '$metadata' ? [inner.httpStatusCode, inner.attempts] : inner instanceof Uint8Array ? [...inner] : inner));
`;

/**
 * One file of JavaScript, as a function is deployed. For TypeScript, each thread would load a compiler, which is WebAssembly:
 * once, a process of this test ended with SIGSEGV while it ended such threads.
 */
const BUNDLE = await bundled();

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: CODE, resolveDir: ROOT },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    // For the packages that are CommonJS and require parts of Node.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote nothing');
  return file.text;
}

type Way = 'over HTTP' | 'through a port';

interface Options {
  readonly intercept?: (call: Call, number: number) => Interception | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

async function start(way: Way, { intercept, env = {}, timeoutSeconds = 60 }: Options = {}) {
  const world = { clock: systemClock, random: Math.random };
  const dynamo = createEmbeddedDynamoDb(systemClock.now);
  await dynamo.call('DynamoDB_20120810.CreateTable', {
    TableName: 'state',
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  });
  const queues = new Map();
  const calls = createCalls();
  const denied: string[] = [];
  const seen: string[] = [];
  let count = 0;
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'index.mjs'), BUNDLE);
  const plan = {
    id: 'F',
    name: 'F',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:F',
    directory,
    handler: 'index.handler',
    timeoutSeconds,
    memoryMb: 256,
    environment: {},
    provisioned: 0,
    policy: [
      {
        effect: 'Allow' as const,
        actions: ['sqs:*', 'dynamodb:PutItem', 'dynamodb:GetItem'],
        resources: ['*'],
      },
    ],
  };
  const gateway = await startGateway({
    functions: [plan],
    sqs: sqsBackend(queues, world),
    dynamodb: dynamo.backend,
    calls,
    onDenied: (message) => denied.push(message),
    intercept(call) {
      count += 1;
      return intercept?.(call, count);
    },
    onAnswered: ({ operation }, { status }) => seen.push(`${operation} ${status}`),
  });
  const url = way === 'over HTTP' ? gateway.url : NOWHERE;
  const queueUrl = `${url}/000000000000/requests`;
  const arn = 'arn:aws:sqs:us-east-1:000000000000:requests';
  const queue = createQueue({ name: 'requests', arn, url: queueUrl, visibilityTimeoutMs: 3_600_000 }, world);
  queues.set('requests', queue);
  const variables = functionEnv(plan, url, { QUEUE: queueUrl, ...env });
  const door = way === 'over HTTP' ? undefined : { url, connect: gateway.connect };
  const { invoke, close } = createFunction(plan, variables, {}, door);
  onTestFinished(async () => {
    await close();
    await gateway.close();
    dynamo.close();
  });
  return {
    queue,
    connect: gateway.connect,
    denied,
    seen,
    calls: () => calls.byCaller(),
    invoke: async (...names: string[][]) => {
      const result = await invoke(names);
      return result.kind === 'response' ? result.response : result.error;
    },
  };
}

const NOWHERE = 'http://127.0.0.1:9';
const WAYS = ['over HTTP', 'through a port'] as const;

describe.each(WAYS)('a call of a client of Weir %s', (way) => {
  test('gets the answer, with bytes and any letters, and the errors of the table field by field', async () => {
    const { invoke, seen } = await start(way);
    expect(
      await invoke(['get', 'é\u2028'], ['put', 'é\u2028'], ['put', 'é\u2028'], ['get', 'é\u2028']),
    ).toEqual([
      { value: { $metadata: [200, 1], ConsumedCapacity: expect.anything() } },
      { value: { $metadata: [200, 1], ConsumedCapacity: expect.anything() } },
      {
        name: 'ConditionalCheckFailedException',
        message: 'The conditional request failed',
        fault: 'client',
        item: { pk: { S: 'é\u2028' }, bytes: { B: [1, 2] } },
        attempts: 1,
        status: 400,
      },
      {
        value: {
          $metadata: [200, 1],
          Item: { pk: { S: 'é\u2028' }, bytes: { B: [1, 2] } },
          ConsumedCapacity: expect.anything(),
        },
      },
    ]);
    expect(seen).toEqual(['GetItem 200', 'PutItem 200', 'PutItem 400', 'GetItem 200']);
  });

  test('is counted for its function, and refused when the policy of the function does not allow it', async () => {
    const { invoke, denied, calls } = await start(way);
    const message =
      'arn:aws:lambda:us-east-1:000000000000:function:F is not authorized to perform: dynamodb:Query on resource: ' +
      'arn:aws:dynamodb:us-east-1:000000000000:table/state';
    expect(await invoke(['find'], ['send', 'a'])).toMatchObject([
      { name: 'AccessDeniedException', message, attempts: 1, status: 400 },
      {},
    ]);
    expect(denied).toEqual([message]);
    expect(calls()).toEqual({ F: { 'DynamoDB.Query': 1, 'SQS.SendMessageBatch': 1 } });
  });

  test('of a caller that the gateway does not know is refused, and so is one without credentials', async () => {
    const { invoke, seen } = await start(way, { env: { AWS_ACCESS_KEY_ID: 'LOCAL-somebody' } });
    expect(await invoke(['get', 'a'], ['send', 'a'])).toMatchObject([
      { name: 'UnrecognizedClientException', status: 403 },
      { name: 'UnrecognizedClientException', status: 403 },
    ]);
    const { invoke: invokeWithout } = await start(way);
    expect(await invokeWithout(['forget'], ['get', 'a'])).toMatchObject([
      {},
      { name: 'CredentialsProviderError' },
    ]);
    expect(seen).toEqual([]);
  });

  test('that is throttled is made three times, and fails with the name that AWS gives', async () => {
    const fail = { status: 400, code: 'ProvisionedThroughputExceededException', message: 'slow down' };
    const { invoke, calls } = await start(way, { intercept: () => ({ fail }) });
    expect(await invoke(['put', 'a'])).toEqual([
      expect.objectContaining({ name: fail.code, message: 'slow down', attempts: 3, status: 400 }),
    ]);
    expect(calls()).toEqual({ F: { 'DynamoDB.PutItem': 3 } });
  });

  test('whose connection is cut is made again: before it is carried out, or after it', async () => {
    const { invoke, seen } = await start(way, {
      intercept: (_call, number) =>
        number === 1 ? { cut: 'before' } : number === 2 ? { cut: 'after' } : undefined,
    });
    expect(await invoke(['put', 'a'])).toMatchObject([
      { name: 'ConditionalCheckFailedException', attempts: 3 },
    ]);
    expect(seen).toEqual(['PutItem 200', 'PutItem 400']);
  });

  test('that is cut every time fails as a connection that was lost', async () => {
    const { invoke } = await start(way, { intercept: () => ({ cut: 'before' }) });
    expect(await invoke(['put', 'a'])).toMatchObject([
      { name: 'TimeoutError', message: 'socket hang up', attempts: 3 },
    ]);
  });

  test('whose answer is late is made again after the request timeout', async () => {
    const { invoke, calls } = await start(way, {
      intercept: (_call, number) => (number === 1 ? { delayMs: 3_000 } : undefined),
    });
    expect(await invoke(['get', 'a'])).toMatchObject([{ value: { $metadata: [200, 2] } }]);
    expect(calls()).toEqual({ F: { 'DynamoDB.GetItem': 2 } });
  });

  test('by a function whose clock is an hour off is made again with the time of the gateway', async () => {
    const fail = { status: 403, code: 'RequestTimeTooSkewed', message: 'skewed' };
    const { invoke } = await start(way, {
      intercept: (_call, number) => (number === 1 ? { fail } : undefined),
    });
    expect(await invoke(['late'], ['get', 'a'])).toMatchObject([{}, { value: { $metadata: [200, 2] } }]);
  });

  test('receives messages that stay in flight when it has read them', async () => {
    const { invoke, queue } = await start(way);
    expect(await invoke(['send', 'a'], ['receive'], ['receive'])).toEqual([
      { value: [null] },
      { value: ['a'] },
      { value: [] },
    ]);
    expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 1 });
  });

  test('that has given up before its messages were taken leaves them in the queue', async () => {
    const { invoke, queue, seen } = await start(way, { intercept: () => ({ delayMs: 2_500 }) });
    queue.send({ body: 'a' });
    expect(await invoke(['receive'])).toMatchObject([{ name: 'AbortError' }]);
    await expect.poll(() => seen, { timeout: 50_000 }).toEqual(['ReceiveMessage 200']);
    expect(queue.list()).toMatchObject([{ status: 'visible', receiveCount: 0 }]);
  });
});

describe('messages in an answer through a port', () => {
  /** Receives as a function does, up to the answer. */
  async function received() {
    const { queue, connect } = await start('through a port');
    queue.send({ body: 'a' });
    const port = connect();
    const body = JSON.stringify({ QueueUrl: queue.settings.url });
    port.postMessage({
      kind: 'call',
      id: 1,
      target: 'AmazonSQS.ReceiveMessage',
      authorization: 'Credential=LOCAL-F/',
      body,
    });
    await once(port, 'message');
    expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 1 });
    return { port, counts: () => queue.counts() };
  }

  test('are visible again at once when the function had given up', async () => {
    const { port, counts } = await received();
    port.postMessage({ kind: 'gone', id: 1 });
    await expect.poll(counts, { timeout: 50_000 }).toMatchObject({ visible: 1, inFlight: 0 });
    port.close();
  });

  test('are visible again at once when the function ended before it had read them', async () => {
    const { port, counts } = await received();
    port.close();
    await expect.poll(counts, { timeout: 50_000 }).toMatchObject({ visible: 1, inFlight: 0 });
  });

  test('stay in flight when the function had read them before it ended', async () => {
    const { port, counts } = await received();
    port.postMessage({ kind: 'read', id: 1 });
    const body = '{"TableName":"state","Key":{"pk":{"S":"a"}}}';
    const authorization = 'Credential=LOCAL-F/';
    port.postMessage({ kind: 'call', id: 2, target: 'DynamoDB_20120810.GetItem', authorization, body });
    await once(port, 'message');
    port.close();
    await once(port, 'close');
    expect(counts()).toMatchObject({ visible: 0, inFlight: 1 });
  });
});

test('a call to another host than the gateway uses HTTP, although the function has a port', async () => {
  const other = await start('over HTTP');
  const { queue } = other;
  const { invoke, calls } = await start('through a port', { env: { QUEUE: queue.settings.url } });
  expect(await invoke(['send', 'a'])).toEqual([{ value: [null] }]);
  expect(queue.counts().visible).toBe(1);
  expect([calls(), other.calls()]).toEqual([{}, { F: { 'SQS.SendMessageBatch': 1 } }]);
});
