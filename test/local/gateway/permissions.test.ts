import { describe, expect, test } from 'vitest';
import { partitionOf, permissionsOf } from '../../../local/gateway/permissions.ts';
import { policyCheck } from '../../../local/gateway/policy.ts';

const needs = (service: string, operation: string, body: unknown) =>
  permissionsOf(service, operation, Buffer.from(JSON.stringify(body))).map(
    ({ action, resource }) => `${action} ${resource.split(':').slice(5).join(':')}`,
  );

describe('a call needs', () => {
  test.each<[string, string, unknown, string[]]>([
    ['SQS', 'SendMessageBatch', { QueueUrl: 'http://x/0/inbox.fifo' }, ['sqs:SendMessage inbox.fifo']],
    ['SQS', 'ListQueues', {}, ['sqs:ListQueues *']],
    ['DynamoDB', 'PutItem', { Item: {}, TableName: 'T' }, ['dynamodb:PutItem table/T']],
    [
      'DynamoDB',
      'TransactWriteItems',
      { TransactItems: [{ Put: { TableName: 'A' } }, { ConditionCheck: { TableName: 'B' } }] },
      ['dynamodb:PutItem table/A', 'dynamodb:ConditionCheckItem table/B'],
    ],
    [
      'DynamoDB',
      'BatchGetItem',
      { RequestItems: { A: {}, B: {} } },
      ['dynamodb:BatchGetItem table/A', 'dynamodb:BatchGetItem table/B'],
    ],
  ])('%s %s %o', (service, operation, body, expected) => {
    expect(needs(service, operation, body)).toEqual(expected);
  });

  test('a permission on its own table, whatever an item or a key of it looks like', () => {
    const Item = {
      TableName: { S: '"TableName":"Other"' },
      x: { S: '\\","TableName":"Other"' },
      '"TableName":"Other"': { S: '' },
    };
    expect(needs('DynamoDB', 'PutItem', { Item, TableName: 'T' })).toEqual(['dynamodb:PutItem table/T']);
  });
});

describe('a policy', () => {
  const isAllowed = policyCheck([
    {
      effect: 'Allow',
      actions: ['sqs:Send*', 'dynamodb:getitem'],
      resources: ['arn:queue.a', 'arn:table/?'],
    },
    { effect: 'Deny', actions: ['*'], resources: ['arn:table/Z'] },
  ]);
  test.each<[boolean, string, string]>([
    [true, 'sqs:SendMessage', 'arn:queue.a'],
    [false, 'sqs:ReceiveMessage', 'arn:queue.a'],
    [false, 'sqs:SendMessage', 'arn:queueXa'],
    [false, 'sqs:SendMessage', 'arn:queue.a.fifo'],
    [true, 'dynamodb:GetItem', 'arn:table/A'],
    [false, 'dynamodb:GetItem', 'arn:table/AB'],
    [false, 'dynamodb:GetItem', 'arn:table/Z'],
  ])('%s: %s on %s', (expected, action, resource) => {
    expect(isAllowed(action, resource)).toBe(expected);
  });

  test('with no statement allows nothing', () => {
    expect(policyCheck([])('sqs:SendMessage', 'arn:queue.a')).toBe(false);
  });
});

describe('a statement about items', () => {
  const isAllowed = policyCheck([
    { effect: 'Allow', actions: ['dynamodb:PutItem'], resources: ['T'], partitions: ['~weir/sources/*'] },
  ]);
  const put = (body: unknown) =>
    isAllowed('dynamodb:PutItem', 'T', () => partitionOf(Buffer.from(JSON.stringify(body))));

  test('allows items of its partition keys, and no others', () => {
    expect(put({ Item: { pk: { S: '~weir/sources/3' }, sk: { S: 's' } } })).toBe(true);
    expect(put({ Key: { pk: { S: '~weir/sources/3' } } })).toBe(true);
    expect(put({ Item: { pk: { S: 'a key' }, sk: { S: '~weir/sources/3' } } })).toBe(false);
    expect(put({ Item: { '"pk"': { S: '~weir/sources/3' }, pk: { S: 'k' } } })).toBe(false);
  });

  test('allows no call that names no item', () => {
    expect(put({ TransactItems: [] })).toBe(false);
    expect(isAllowed('dynamodb:PutItem', 'T')).toBe(false);
  });
});
