import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeItem } from '../../../functions/aws/dynamo-items.ts';
import { createDynamoClient, createStateStore } from '../../../functions/aws/dynamo-state-store.ts';
import { RECEIPT_REACH_DAYS } from '../../../functions/limits.ts';
import type { Commit } from '../../../functions/state-store.ts';
import { buildItem } from '../../item-builder.ts';

const dynamo = mockClient(DynamoDBClient);
const store = createStateStore(createDynamoClient(), 'table');
beforeEach(() => {
  dynamo.reset();
});

const item = buildItem({ receipts: ['AAAAAAAAAAAAAAAA'], outputs: ['1', '"two"'] });
const next = { ...item, version: 2 };
const commit: Commit = { base: item, next, dead: [], park: [], unpark: [] };
const failed = (current?: typeof item) =>
  new ConditionalCheckFailedException({
    $metadata: {},
    message: 'The conditional request failed',
    ...(current === undefined ? {} : { Item: encodeItem(current) }),
  });
const canceled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: 'cancelled',
    CancellationReasons: codes.map((Code) => ({ Code, Item: encodeItem(next) })),
  });
const condition = {
  ConditionExpression: 'lineage = :lineage AND version = :version',
  ExpressionAttributeValues: { ':lineage': { S: 'lineage00001' }, ':version': { N: '1' } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
} as const;
const dead = {
  key: 'k',
  id: 'd',
  body: 'b',
  group: 'g',
  reason: 'r',
  stage: 'compute' as const,
  attempts: 1,
  sentAt: 1_000,
};

describe('reading', () => {
  test('is strongly consistent, of the item, of pages and of what is parked', async () => {
    dynamo.on(GetItemCommand).resolves({});
    await store.load('k');
    expect(dynamo).toHaveReceivedCommandExactlyOnceWith(GetItemCommand, {
      TableName: 'table',
      Key: { pk: { S: 'k' }, sk: { S: 'state' } },
      ConsistentRead: true,
    });
    dynamo.on(QueryCommand).resolves({});
    await store.pages('k', 'l', { after: 2, upTo: 9, since: 0 });
    await store.parked('k', 'l', '0001', 25);
    expect(dynamo).toHaveReceivedNthCommandWith(QueryCommand, 1, {
      KeyConditionExpression: 'pk = :key AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':key': { S: 'k' },
        ':first': { S: 'page/l/0000000003' },
        ':last': { S: 'page/l/0000000009' },
      },
      ScanIndexForward: false,
      ConsistentRead: true,
    });
    expect(dynamo).toHaveReceivedNthCommandWith(QueryCommand, 2, {
      ExpressionAttributeValues: {
        ':key': { S: 'k' },
        ':first': { S: 'parked/l/0001' },
        ':last': { S: 'parked/l/~' },
      },
      Limit: 25,
      ConsistentRead: true,
    });
  });

  test('continues behind a page that was cut', async () => {
    const from = { pk: { S: 'k' }, sk: { S: 'page/l/0000000007' } };
    dynamo.on(QueryCommand).resolvesOnce({ LastEvaluatedKey: from }).resolves({});
    expect(await store.pages('k', 'l', { after: 0, upTo: 9, since: 0 })).toEqual([]);
    expect(dynamo).toHaveReceivedNthCommandWith(QueryCommand, 2, { ExclusiveStartKey: from });
  });
});

describe('committing', () => {
  test('is one conditional put of the whole item, which returns the item that it failed on', async () => {
    dynamo.on(PutItemCommand).resolves({});
    expect(await store.commit(commit)).toEqual({ outcome: 'committed' });
    expect(dynamo).toHaveReceivedCommandTimes(PutItemCommand, 1);
    expect(dynamo).toHaveReceivedCommandWith(PutItemCommand, {
      TableName: 'table',
      ...condition,
      Item: {
        pk: { S: 'k' },
        sk: { S: 'state' },
        format: { N: '1' },
        lineage: { S: 'lineage00001' },
        version: { N: '2' },
        state: { S: '{}' },
        sequenceNumber: { S: '1'.padStart(39, '0') },
        sentAt: { N: '1000000' },
        applied: { N: '1' },
        receipts: { B: Buffer.alloc(12) },
        outputs: { S: '[1,"two"]' },
      },
    });
  });

  test('the first item of a key is made only if there is none', async () => {
    await store.commit({ ...commit, base: undefined, next: item });
    expect(dynamo).toHaveReceivedCommandWith(PutItemCommand, {
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('uses the raw item that a failed condition returns, or its absence', async () => {
    dynamo.on(PutItemCommand).rejectsOnce(failed(next)).rejects(failed());
    expect(await store.commit(commit)).toEqual({ outcome: 'conflict', current: next });
    expect(await store.commit(commit)).toEqual({ outcome: 'conflict', current: undefined });
    expect(dynamo).not.toHaveReceivedCommand(GetItemCommand);
  });

  test('writes a page before the item that drops it, unless it is there with other receipts', async () => {
    const page = {
      key: 'k',
      lineage: 'l',
      page: 1,
      sentAt: 7_000,
      before: 0,
      receipts: ['AAAAAAAAAAAAAAAA'],
    };
    await store.commit({ ...commit, page });
    expect(dynamo).toHaveReceivedNthCommandWith(PutItemCommand, 1, {
      TableName: 'table',
      Item: {
        pk: { S: 'k' },
        sk: { S: 'page/l/0000000001' },
        sentAt: { N: '7000' },
        before: { N: '0' },
        receipts: { B: Buffer.alloc(12) },
        expires: { N: String(7 + RECEIPT_REACH_DAYS * 86_400) },
      },
      ConditionExpression: 'attribute_not_exists(pk) OR receipts = :receipts',
      ExpressionAttributeValues: { ':receipts': { B: Buffer.alloc(12) } },
    });
    expect(dynamo).toHaveReceivedNthCommandWith(PutItemCommand, 2, condition);
    dynamo.reset();
    dynamo.on(PutItemCommand).rejects(new Error('outage'));
    await expect(store.commit({ ...commit, page })).rejects.toThrow('outage');
    expect(dynamo).toHaveReceivedCommandTimes(PutItemCommand, 1);
  });

  test('uses a transaction when other items change too, under the same condition', async () => {
    await store.commit({ ...commit, dead: [dead], unpark: ['0001'] });
    expect(dynamo).not.toHaveReceivedCommand(PutItemCommand);
    expect(dynamo.commandCalls(TransactWriteItemsCommand)[0]?.args[0].input.TransactItems).toMatchObject([
      { Put: { TableName: 'table', ...condition } },
      { Put: { TableName: 'table', Item: { sk: { S: 'dead/d' }, body: { S: 'b' } } } },
      { Delete: { TableName: 'table', Key: { pk: { S: 'k' }, sk: { S: 'parked/lineage00001/0001' } } } },
    ]);
  });

  test('a cancelled transaction is a conflict only if the condition failed or another was under way', async () => {
    const both = { ...commit, dead: [dead] };
    dynamo.on(GetItemCommand).resolves({ Item: encodeItem(next) });
    dynamo
      .on(TransactWriteItemsCommand)
      .rejectsOnce(canceled('ConditionalCheckFailed', 'None'))
      .rejectsOnce(canceled('None', 'TransactionConflict'))
      .rejects(canceled('None', 'ProvisionedThroughputExceeded'));
    expect(await store.commit(both)).toEqual({ outcome: 'conflict', current: next });
    expect(await store.commit(both)).toEqual({ outcome: 'conflict', current: next });
    await expect(store.commit(both)).rejects.toThrow('cancelled');
  });

  test('any other error is thrown, not taken for a conflict', async () => {
    dynamo.on(PutItemCommand).rejects(new Error('ProvisionedThroughputExceededException'));
    await expect(store.commit(commit)).rejects.toThrow('ProvisionedThroughputExceededException');
  });
});
