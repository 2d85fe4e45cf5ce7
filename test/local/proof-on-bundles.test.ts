/**
 * No message is acknowledged without proof: the compute bundle on a table of the local run, with events as
 * another engine, a replaced queue or a restored item would cause them. The state lists what was applied.
 */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, onTestFinished, test } from 'vitest';
import { ENV } from '../../functions/env.ts';
import type { IncomingMessage } from '../../functions/incoming-message.ts';
import { bundleFunctions } from '../../infra/bundling/bundle.ts';
import { accessKeyOf } from '../../local/gateway/call.ts';
import { createFunction } from '../../local/lambda/deployed-function.ts';
import { buildMessage, createRandom } from '../builders.ts';
import { allow, arnOf, run, temporaryDirectory, tinyTemplate } from './tiny-stack.ts';

const KEYS = ['a', 'b', 'c'];
const EACH = 30;

async function deploy() {
  const { compute } = await bundleFunctions('test/fixtures/hostile-compute.ts', temporaryDirectory());
  const parts = ['pk', 'sk'];
  const source = tinyTemplate(
    { Compute: { code: { folder: compute }, statements: [allow('dynamodb:*', arnOf('States'))] } },
    {
      States: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          AttributeDefinitions: parts.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          KeySchema: parts.map((AttributeName, n) => ({
            AttributeName,
            KeyType: n === 0 ? 'HASH' : 'RANGE',
          })),
          BillingMode: 'PAY_PER_REQUEST',
        },
      },
    },
  );
  const { stack } = await run(source);
  const [functionPlan] = stack.plan.functions;
  const [table] = stack.plan.tables;
  if (functionPlan === undefined || table === undefined) throw new Error('a function and a table');
  const credentials = { accessKeyId: accessKeyOf(functionPlan.name), secretAccessKey: 'local' };
  const dynamo = new DynamoDBClient({ endpoint: stack.gatewayUrl, region: 'us-east-1', credentials });
  const env = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: stack.gatewayUrl,
    [ENV.tableName]: table.name,
  };
  const Key = (key: string) => ({ pk: { S: key }, sk: { S: 'state' } });
  const itemOf = async (key: string) =>
    (await dynamo.send(new GetItemCommand({ TableName: table.name, Key: Key(key), ConsistentRead: true })))
      .Item;
  return {
    /** An environment of the function that nothing is warm in. */
    start() {
      const compute = createFunction({ ...functionPlan, timeoutSeconds: 60 }, env);
      onTestFinished(() => compute.close());
      return async (messages: readonly IncomingMessage[]) => {
        for (let at = 0; at < messages.length; at += 10) {
          const Records = messages.slice(at, at + 10).map(recordOf);
          const result = await compute.invoke({ Records });
          expect(result).toEqual({ kind: 'response', response: { batchItemFailures: [] } });
        }
      };
    },
    itemOf,
    restore: (Item: Awaited<ReturnType<typeof itemOf>>) =>
      dynamo.send(new PutItemCommand({ TableName: table.name, Item })),
    stateOf: async (key: string): Promise<unknown> => JSON.parse((await itemOf(key))?.['state']?.S ?? 'null'),
  };
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

/** Messages `from` to `to` of each key in turn, numbered by `numberOf`. */
function messages(from: number, to: number, numberOf: (n: number) => number): IncomingMessage[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap((n) =>
    KEYS.map((key) => {
      const message = buildMessage({ key, request: `r${n}`, readings: [n], sequence: numberOf(n) });
      return { ...message, messageId: `${key}-${n}` };
    }),
  );
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
const again = (batch: readonly IncomingMessage[]) =>
  batch.map((message) => ({ ...message, receiveCount: 2 }));

test('the bundle applies each reading once, in the order of arrival, on an engine whose sequence numbers lie anywhere', {
  timeout: 1_200_000,
}, async () => {
  const subject = await deploy();
  const random = createRandom(7);
  const batch = messages(1, EACH, () => 1 + Math.floor(random() * 1_000_000));
  await subject.start()(batch);
  for (const key of KEYS) expect(await subject.stateOf(key)).toEqual(upTo(EACH));
  await subject.start()(again(batch));
  for (const key of KEYS) expect(await subject.stateOf(key)).toEqual(upTo(EACH));
});

test('the bundle loses no reading of a queue that was replaced under a living table, and repeats none', {
  timeout: 1_200_000,
}, async () => {
  const subject = await deploy();
  const old = messages(1, EACH, (n) => 1_000_000 + n);
  await subject.start()(old);
  const next = messages(EACH + 1, 2 * EACH, (n) => n - EACH);
  await subject.start()(next);
  await subject.start()(again(next));
  for (const key of KEYS) expect(await subject.stateOf(key)).toEqual(upTo(2 * EACH));
});

test('the bundle applies to an item that was restored what that item does not hold, each reading once', {
  timeout: 1_200_000,
}, async () => {
  const subject = await deploy();
  const first = messages(1, 10, (n) => n);
  const rest = messages(11, EACH, (n) => n);
  await subject.start()(first);
  const saved = await Promise.all(KEYS.map((key) => subject.itemOf(key)));
  await subject.start()(rest);
  for (const item of saved) await subject.restore(item);
  await subject.start()(again([...first, ...rest]));
  for (const key of KEYS) expect(await subject.stateOf(key)).toEqual(upTo(EACH));
});
