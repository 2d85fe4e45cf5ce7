/** DynamoDB's operations on items, with the units that AWS bills. */
import * as v from 'valibot';
import { sizeOfItem } from '../../model/table/attribute.ts';
import type { Item } from '../../model/table/item.ts';
import type { Found } from '../../model/table/page.ts';
import type { Write } from '../../model/table/table.ts';
import { TableError } from '../../model/table/table-error.ts';
import type { Action } from './action.ts';
import type { OwnTables } from './own-tables.ts';

const Attributes = v.record(v.string(), v.record(v.string(), v.unknown()));
const Expressions = {
  TableName: v.string(),
  ExpressionAttributeNames: v.optional(v.record(v.string(), v.string())),
  ExpressionAttributeValues: v.optional(Attributes),
};
const Written = {
  ...Expressions,
  ConditionExpression: v.optional(v.string()),
  ReturnValuesOnConditionCheckFailure: v.optional(v.picklist(['ALL_OLD', 'NONE'])),
};
const Passed = { ReturnConsumedCapacity: v.optional(v.picklist(['TOTAL', 'INDEXES', 'NONE'])) };
const Put = v.strictObject({ ...Written, Item: Attributes });
const Delete = v.strictObject({ ...Written, Key: Attributes });
const PutItem = v.strictObject({ ...Put.entries, ...Passed });
const DeleteItem = v.strictObject({ ...Delete.entries, ...Passed });
const Get = v.strictObject({
  TableName: v.string(),
  Key: Attributes,
  ConsistentRead: v.optional(v.boolean()),
  ...Passed,
});
const Find = {
  ...Expressions,
  FilterExpression: v.optional(v.string()),
  ProjectionExpression: v.optional(v.string()),
  ConsistentRead: v.optional(v.boolean()),
  ExclusiveStartKey: v.optional(Attributes),
  Limit: v.optional(v.number()),
  ...Passed,
};
const Query = v.strictObject({
  ...Find,
  KeyConditionExpression: v.string(),
  ScanIndexForward: v.optional(v.boolean()),
});
const Scan = v.strictObject(Find);
const Transaction = v.strictObject({
  TransactItems: v.array(
    v.strictObject({ Put: v.optional(Put), Delete: v.optional(Delete), ConditionCheck: v.optional(Delete) }),
  ),
  ClientRequestToken: v.optional(v.string()),
  ...Passed,
});

const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

export function createItemActions({ find }: Pick<OwnTables, 'find'>): Readonly<Record<string, Action>> {
  const writeOne = (name: string, write: Write) => {
    const [bytes = 0] = find(name).table.write([write]);
    return { ConsumedCapacity: { TableName: name, CapacityUnits: writeUnits(bytes) } };
  };
  return {
    PutItem(body) {
      const { Item, ...given } = v.parse(PutItem, body);
      return writeOne(given.TableName, toWrite('put', Item, given));
    },
    DeleteItem(body) {
      const { Key, ...given } = v.parse(DeleteItem, body);
      return writeOne(given.TableName, toWrite('delete', Key, given));
    },
    GetItem(body) {
      const { TableName, Key, ConsistentRead } = v.parse(Get, body);
      const item = find(TableName).table.get(Key);
      const CapacityUnits = readUnits(sizeOfItem(item ?? {}), ConsistentRead);
      return { ...(item && { Item: item }), ConsumedCapacity: { TableName, CapacityUnits } };
    },
    TransactWriteItems(body) {
      const writes = v
        .parse(Transaction, body)
        .TransactItems.map(({ Put: put, Delete: remove, ConditionCheck: check }) => {
          if (put !== undefined) return { name: put.TableName, write: toWrite('put', put.Item, put) };
          if (remove !== undefined)
            return { name: remove.TableName, write: toWrite('delete', remove.Key, remove) };
          if (check !== undefined)
            return { name: check.TableName, write: toWrite('check', check.Key, check) };
          throw refused('an action of a transaction is a Put, a Delete or a ConditionCheck');
        });
      const [{ name: TableName } = { name: '' }] = writes;
      if (writes.some(({ name }) => name !== TableName))
        throw refused('the embedded DynamoDB plays transactions within one table');
      const bytes = find(TableName).table.transact(writes.map(({ write }) => write));
      // Twice: once to prepare and once to commit.
      const units = bytes.reduce((sum, one) => sum + 2 * writeUnits(one), 0);
      return { ConsumedCapacity: [{ TableName, CapacityUnits: units }] };
    },
    Query(body) {
      const {
        KeyConditionExpression: keyCondition,
        ScanIndexForward = true,
        ...given
      } = v.parse(Query, body);
      const { table } = find(given.TableName);
      return pageOf(table.find({ ...toFind(given), keyCondition, backwards: !ScanIndexForward }), given);
    },
    Scan(body) {
      const given = v.parse(Scan, body);
      return pageOf(find(given.TableName).table.find(toFind(given)), given);
    },
  };
}

type Given = v.InferOutput<ReturnType<typeof v.object<typeof Written, undefined>>>;

function toWrite(kind: Write['kind'], item: Item, given: Given): Write {
  return {
    kind,
    item,
    names: given.ExpressionAttributeNames,
    values: given.ExpressionAttributeValues,
    condition: given.ConditionExpression,
    returnOld: given.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

type GivenFind = v.InferOutput<typeof Scan>;

function toFind(given: GivenFind) {
  return {
    names: given.ExpressionAttributeNames,
    values: given.ExpressionAttributeValues,
    filter: given.FilterExpression,
    projection: given.ProjectionExpression,
    limit: given.Limit,
    startKey: given.ExclusiveStartKey,
  };
}

function pageOf({ items, scanned, bytes, lastKey }: Found, { TableName, ConsistentRead }: GivenFind): object {
  return {
    Items: items,
    Count: items.length,
    ScannedCount: scanned,
    ...(lastKey && { LastEvaluatedKey: lastKey }),
    ConsumedCapacity: { TableName, CapacityUnits: readUnits(bytes, ConsistentRead) },
  };
}

function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** An eventually consistent read costs half. */
function readUnits(bytes: number, consistent = false): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
}

function refused(message: string): TableError {
  return new TableError('ValidationException', message);
}
