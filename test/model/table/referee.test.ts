/** Compares the embedded table with dynoxide, an independent engine: the same calls, the same answers. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDynoxide } from '../../../bench/systems/dynoxide.ts';
import type { Backend } from '../../../local/gateway/call.ts';
import { forwardTo } from '../../../local/gateway/forward.ts';
import { createEmbeddedDynamoDb } from '../../../local/storage/embedded-dynamodb.ts';
import fc from '../../properties.ts';

const embedded = createEmbeddedDynamoDb(() => 1_700_000_000_000);
let referee: Backend;
let runs = 0;
const closers: (() => unknown)[] = [() => embedded.close()];

beforeAll(async () => {
  const engine = await startDynoxide();
  const forward = forwardTo(engine.endpoint);
  referee = forward.backend;
  closers.push(
    () => forward.close(),
    () => engine.close(),
  );
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function ask(backend: Backend, operation: string, body: object, service = 'DynamoDB_20120810') {
  const answered = await backend(
    `${service}.${operation}`,
    Buffer.from(JSON.stringify(body)),
    new AbortController().signal,
  );
  const answer: Record<string, unknown> = JSON.parse(answered.body.toString());
  return { status: answered.status, answer };
}

/** What callers look at: the words of a refusal and the engine's own numbers are left out. */
function essence({ status, answer }: Awaited<ReturnType<typeof ask>>): unknown {
  const { message, Message, __type = '', CancellationReasons, ...rest } = answer;
  const reasons = Array.isArray(CancellationReasons)
    ? CancellationReasons.map(({ Code, Item }) => ({ Code, Item }))
    : undefined;
  return { status, kind: String(__type).replace(/^.*#/, ''), reasons, ...rest };
}

const key = fc.record({
  pk: fc.constantFrom({ S: 'a' }, { S: 'b' }),
  sk: fc
    .constantFrom('state', 'page/1', 'page/2', 'page/10', 'dead/\u{1F4A7}', 'dead/\uFF5E', 'zz')
    .map((S) => ({ S })),
});
const value = fc.oneof(
  fc.constantFrom('', 'x', '\u00E9', 'x'.repeat(1500)).map((S) => ({ S })),
  fc.constantFrom('0', '7', '-3', '12345678901234567890123456789012345678', '1.5').map((N) => ({ N })),
  fc.constantFrom('AAAA', 'AQID').map((B) => ({ B })),
);
const item = fc
  .tuple(key, fc.dictionary(fc.constantFrom('version', 'lineage', 'outputs'), value))
  .map(([own, rest]) => ({ ...rest, ...own }));
const condition = fc.option(
  fc.oneof(
    fc.constantFrom('attribute_not_exists(pk)', 'attribute_exists(outputs)').map((ConditionExpression) => ({
      ConditionExpression,
    })),
    fc.tuple(value, value).map(([lineage, version]) => ({
      ConditionExpression: 'lineage = :lineage AND version = :version',
      ExpressionAttributeValues: { ':lineage': lineage, ':version': version },
    })),
    fc.tuple(fc.constantFrom('<', '<=', '>', '>=', '<>', '='), value).map(([operator, bound]) => ({
      ConditionExpression: `attribute_not_exists(version) OR NOT (#version ${operator} :bound)`,
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':bound': bound },
    })),
  ),
  { nil: {} },
);
const returned = fc.constantFrom({}, { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' });
const TableName = 'Table';
const put = fc
  .tuple(item, condition, returned)
  .map(([Item, ...rest]) => ({ TableName, Item, ...Object.assign({}, ...rest) }));
const remove = fc
  .tuple(key, condition, returned)
  .map(([Key, ...rest]) => ({ TableName, Key, ...Object.assign({}, ...rest) }));
const range = fc.constantFrom(
  {
    KeyConditionExpression: 'pk = :key AND sk BETWEEN :first AND :last',
    extra: { ':first': { S: 'dead' }, ':last': { S: 'page/2' } },
  },
  { KeyConditionExpression: 'pk = :key AND begins_with(sk, :begin)', extra: { ':begin': { S: 'dead/' } } },
  { KeyConditionExpression: 'pk = :key', extra: {} },
  { KeyConditionExpression: 'pk = :key AND sk >= :from', extra: { ':from': { S: 'page/10' } } },
);
const query = fc
  .tuple(
    range,
    fc.constantFrom('a', 'b'),
    fc.boolean(),
    fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  )
  .map(([{ KeyConditionExpression, extra }, pk, ScanIndexForward, Limit]) => ({
    TableName,
    KeyConditionExpression,
    ScanIndexForward,
    ConsistentRead: true,
    ...(Limit && { Limit }),
    ExpressionAttributeValues: { ':key': { S: pk }, ...extra },
  }));
const step = fc.oneof(
  put.map((body) => ({ operation: 'PutItem', body })),
  remove.map((body) => ({ operation: 'DeleteItem', body })),
  key.map((Key) => ({ operation: 'GetItem', body: { TableName, Key, ConsistentRead: true } })),
  query.map((body) => ({ operation: 'Query', body })),
  fc
    .array(
      fc.oneof(
        put.map((Put) => ({ Put })),
        remove.map((Delete) => ({ Delete })),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((TransactItems) => ({ operation: 'TransactWriteItems', body: { TransactItems } })),
);

const CREATE = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
};

async function records(backend: Backend, created: Awaited<ReturnType<typeof ask>>): Promise<unknown[]> {
  const service = 'DynamoDBStreams_20120810';
  const StreamArn = Object(created.answer['TableDescription']).LatestStreamArn;
  const described = await ask(backend, 'DescribeStream', { StreamArn }, service);
  const [shard] = Object(described.answer['StreamDescription']).Shards ?? [];
  if (shard === undefined) return []; // The referee opens a shard at the first write.
  const { ShardId } = shard;
  const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' };
  const { ShardIterator } = (await ask(backend, 'GetShardIterator', from, service)).answer;
  const page = await ask(backend, 'GetRecords', { ShardIterator, Limit: 1000 }, service);
  const found = page.answer['Records'];
  if (!Array.isArray(found)) throw new Error('no records');
  return (
    found
      .map(({ eventName, dynamodb: { Keys, NewImage, OldImage } }) => ({
        eventName,
        Keys,
        NewImage,
        OldImage,
      }))
      // The referee also records writes that changed nothing, which DynamoDB does not.
      .filter(({ NewImage, OldImage }) => sorted(NewImage) !== sorted(OldImage))
  );
}

const sorted = (image: unknown) => JSON.stringify(Object.entries(Object(image)).sort());

describe('the embedded table', () => {
  test("answers any sequence of Weir's calls, and streams it, as another DynamoDB engine does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        // The referee keeps the records of a table that is gone, so every run has one of its own.
        runs += 1;
        const own = (body: object): object =>
          JSON.parse(JSON.stringify(body).replaceAll(TableName, `Table${runs}`));
        const created = {
          own: await ask(embedded.backend, 'CreateTable', own(CREATE)),
          other: await ask(referee, 'CreateTable', own(CREATE)),
        };
        for (const { operation, body } of steps) {
          const call = own({ ...body, ReturnConsumedCapacity: 'TOTAL' });
          const [mine, other] = [
            await ask(embedded.backend, operation, call),
            await ask(referee, operation, call),
          ];
          expect(essence(mine), `${operation} ${JSON.stringify(body)}`).toEqual(essence(other));
        }
        expect(await records(embedded.backend, created.own)).toEqual(await records(referee, created.other));
      }),
      { numRuns: 150 },
    );
  });
});
