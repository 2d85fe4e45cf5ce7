/** The compute bundle in a thread, as in the local run: its separate folds are still real processes. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ENV } from '../../functions/env.ts';
import { PermanentError } from '../../functions/errors.ts';
import type { IncomingMessage } from '../../functions/incoming-message.ts';
import { isRecord } from '../../functions/json.ts';
import { bundleFunctions } from '../../infra/bundling/bundle.ts';
import { createFunction } from '../../local/lambda/deployed-function.ts';
import { buildMessage } from '../builders.ts';
import { temporaryDirectory } from './tiny-stack.ts';

const ENDINGS = ['exit', 'abort', 'signal', 'signalToAll', 'buffers', 'oneBuffer', 'webAssembly', 'memory'];

test.each([256, 1_769])(
  'a compute that ends its process costs its own reading only, in the bundle, at %i MB',
  { timeout: 1_200_000 },
  async (memoryMb) => {
    const { compute, table } = await start(memoryMb);
    const batch = [...ENDINGS, 'good'].map((reading) =>
      buildMessage({ key: `key ${reading}`, readings: ['a', reading, 'b'], receiveCount: 2 }),
    );
    const Records = batch.map(recordOf);
    expect(await compute.invoke({ Records })).toEqual({
      kind: 'response',
      response: { batchItemFailures: [] },
    });
    const states = Object.fromEntries(ENDINGS.map((ending) => [`key ${ending}`, '["a","b"]']));
    expect(table.states).toEqual({ ...states, 'key good': '["a","good","b"]' });
    expect(table.dead.toSorted()).toEqual(ENDINGS.map((ending) => `key ${ending}`).toSorted());
  },
);

const ENDLESS = ['loop', 'hash', 'command'];

test.each([256, 1_769])(
  'a compute that never ends, in JavaScript or in native code, costs its own reading only, in the bundle, at %i MB',
  { timeout: 1_200_000 },
  async (memoryMb) => {
    const { compute, table } = await start(memoryMb, 20);
    const invoke = (reading: string) => {
      const seen = { key: `key ${reading}`, readings: ['a', reading, 'b'], receiveCount: 2 };
      return compute.invoke({ Records: [recordOf(buildMessage(seen))] });
    };
    for (const answer of await Promise.all(ENDLESS.map(invoke)))
      expect(answer).toEqual({ kind: 'response', response: { batchItemFailures: [] } });
    expect(table.states).toEqual(Object.fromEntries(ENDLESS.map((ending) => [`key ${ending}`, '["a","b"]'])));
    expect(table.dead.toSorted()).toEqual(ENDLESS.map((ending) => `key ${ending}`).toSorted());
  },
);

async function start(memoryMb: number, timeoutSeconds = 300) {
  const { directory, table } = await deploy();
  const compute = createFunction(
    {
      id: 'Compute',
      name: 'Compute',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:Compute',
      directory,
      handler: 'index.handler',
      timeoutSeconds,
      memoryMb,
      environment: {},
      provisioned: 0,
      policy: [],
    },
    {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
      [ENV.tableName]: 'table',
    },
  );
  onTestFinished(() => compute.close());
  return { compute, table };
}

function recordOf({ receiveCount, sentAt, group, sequenceNumber, ...message }: IncomingMessage) {
  const attributes = {
    ApproximateReceiveCount: String(receiveCount),
    SentTimestamp: String(sentAt),
    MessageGroupId: group,
    SequenceNumber: sequenceNumber,
  };
  return { ...message, attributes };
}

async function deploy() {
  const bundles = await bundleFunctions('test/fixtures/hostile-compute.ts', temporaryDirectory());
  const table = await startTable();
  return { directory: bundles.compute, table };
}

/** Takes every put, and knows no key. */
async function startTable() {
  const states: Record<string, string> = {};
  const dead: string[] = [];
  const take = (put: unknown) => {
    const item = isRecord(put) && isRecord(put['Item']) ? put['Item'] : {};
    const key = stringOf(item['pk']);
    if (stringOf(item['sk']).startsWith('dead/')) dead.push(key);
    else states[key] = stringOf(item['state']);
  };
  const server = createServer(async (request, response) => {
    const body: unknown = JSON.parse(await text(request));
    if (!isRecord(body)) throw new PermanentError('no call of DynamoDB');
    const items = body['TransactItems'];
    if (Array.isArray(items)) for (const item of items) take(isRecord(item) ? item['Put'] : undefined);
    else if ('Item' in body) take(body);
    response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, states, dead };
}

function stringOf(value: unknown): string {
  return isRecord(value) && typeof value['S'] === 'string' ? value['S'] : '';
}
