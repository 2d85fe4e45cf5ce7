import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { createChance } from '../../../simulate/world/chance.ts';
import { createTable } from '../../../simulate/world/table.ts';

const TableName = 'table';
const itemOf = (sk: string, version: string) => ({ pk: { S: 'k' }, sk: { S: sk }, version: { N: version } });
const newTable = () => {
  const changes: string[] = [];
  const table = createTable(createChance(1, 0), ({ after }) => changes.push(after?.['version']?.N ?? 'gone'));
  return { table, changes };
};
const onVersion = (version: string) => ({
  ConditionExpression: 'version = :version',
  ExpressionAttributeValues: { ':version': { N: version } },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
});

describe('the table model', () => {
  test('refuses a put whose condition fails, and returns the stored item', () => {
    const { table, changes } = newTable();
    table.put({ TableName, Item: itemOf('state', '1'), ConditionExpression: 'attribute_not_exists(pk)' });
    expect(() => table.put({ TableName, Item: itemOf('state', '3'), ...onVersion('2') })).toThrow(
      ConditionalCheckFailedException,
    );
    table.put({ TableName, Item: itemOf('state', '2'), ...onVersion('1') });
    expect(changes).toEqual(['1', '2']);
  });

  test('changes all items of a transaction or none', () => {
    const { table, changes } = newTable();
    const transact = (version: string) =>
      table.transact({
        TransactItems: [
          { Put: { TableName, Item: itemOf('state', '1'), ...onVersion(version) } },
          { Put: { TableName, Item: itemOf('dead/1', '7') } },
        ],
      });
    expect(() => transact('9')).toThrow(TransactionCanceledException);
    expect(changes).toEqual([]);
    table.put({ TableName, Item: itemOf('state', '9') });
    transact('9');
    expect(changes).toEqual(['9', '1', '7']);
  });

  test('answers a query in pages, each going on where the last one ended', () => {
    const { table } = newTable();
    for (const n of [1, 2, 3, 4, 5]) table.put({ TableName, Item: itemOf(`page/${n}`, '1') });
    const query = (start?: ReturnType<typeof itemOf>) =>
      table.query({
        TableName,
        ConsistentRead: true,
        ScanIndexForward: false,
        KeyConditionExpression: 'pk = :key AND sk BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':key': { S: 'k' },
          ':first': { S: 'page/2' },
          ':last': { S: 'page/9' },
        },
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      });
    const first = query();
    expect(first.items.map((item) => item['sk']?.S)).toEqual(['page/5', 'page/4', 'page/3']);
    const rest = query(itemOf('page/3', '1'));
    expect(rest.items.map((item) => item['sk']?.S)).toEqual(['page/2']);
    expect(rest.lastKey).toBeUndefined();
  });

  test('refuses an unknown expression', () => {
    const { table } = newTable();
    expect(() =>
      table.put({ TableName, Item: itemOf('a', '1'), ConditionExpression: 'size(a) > 3' }),
    ).toThrow('Invalid expression');
  });
});
