/**
 * The table of a simulated run: the model's table, in memory, with the SDK's commands. It adds behaviour that
 * only AWS has: reads that are not strongly consistent may be stale, and pages are short, so that no code
 * relies on a single page.
 */
import {
  ConditionalCheckFailedException,
  type DeleteItemCommandInput,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/aws/dynamo-items.ts';
import { createMemoryRows, type RowKey } from '../../model/table/rows.ts';
import { createTable as createModelTable, type Find, type Write } from '../../model/table/table.ts';
import { TableError } from '../../model/table/table-error.ts';
import type { Chance } from './chance.ts';

export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface Table {
  get(input: GetItemCommandInput): Item | undefined;
  put(input: PutItemCommandInput): Change;
  delete(input: DeleteItemCommandInput): Change;
  transact(input: TransactWriteItemsCommandInput): Change[];
  query(input: QueryCommandInput): { items: Item[]; lastKey: Item | undefined };
  item(pk: string, sk: string): Item | undefined;
  /** A manual change to the table: without a condition, and not in the stream. */
  set(pk: string, sk: string, item: Item | undefined): void;
  /** Sort keys of a partition with this prefix, in order. */
  sortKeys(pk: string, prefix: string): string[];
}

type Value = Item[string];

const PAGE_ITEMS_MAX = 3;

export function createTable(chance: Chance, changed: (change: Change) => void): Table {
  const rows = createMemoryRows<Value>();
  /** The previous image, which an eventually consistent read may still return. */
  const previous = new Map<Item, Item | undefined>();
  const table = createModelTable<Value>({ partition: 'pk', sort: 'sk' }, rows, (change) => {
    if (change.after !== undefined) previous.set(change.after, change.before);
    if (change.before !== undefined) previous.delete(change.before);
    changed(change);
  });
  const stored = (write: Write<Value>) => rows.get(keyOf(write.item));

  /** The effect of the writes, even if they changed nothing: the oracle judges what was requested. */
  function carryOut(writes: readonly Write<Value>[], write: () => unknown): Change[] {
    const befores = writes.map(stored);
    write();
    return writes.map((one, index) => ({ before: befores[index], after: stored(one) }));
  }

  return {
    item: (pk, sk) => rows.get({ pk, sk }),
    set(pk, sk, item) {
      if (item === undefined) rows.delete({ pk, sk });
      else rows.set({ pk, sk }, item);
    },
    sortKeys: (pk, prefix) =>
      [
        ...rows.range({ pk, first: prefix, last: `${prefix}\u{10FFFF}`, backwards: false, after: undefined }),
      ].map(({ sk }) => sk),
    get({ Key = {}, ConsistentRead = false }) {
      const item = table.get(Key);
      return ConsistentRead || item === undefined || chance.happens(0.5) ? item : previous.get(item);
    },
    put(input) {
      const own = toWrite('put', input.Item, input);
      const [change] = asTheSdk([own], stored, () => carryOut([own], () => table.write([own])));
      return change ?? { before: undefined, after: undefined };
    },
    delete(input) {
      const own = toWrite('delete', input.Key, input);
      const [change] = asTheSdk([own], stored, () => carryOut([own], () => table.write([own])));
      return change ?? { before: undefined, after: undefined };
    },
    transact({ TransactItems = [] }) {
      const writes = TransactItems.map(({ Put, Delete }) => {
        if (Put !== undefined) return toWrite('put', Put.Item, Put);
        if (Delete !== undefined) return toWrite('delete', Delete.Key, Delete);
        throw new RangeError('a transaction with something else than puts and deletes');
      });
      return asTheSdk(writes, stored, () => carryOut(writes, () => table.transact(writes)));
    },
    query(input) {
      const { items, lastKey } = table.find(toFind(input));
      // The last write may be missing from an eventually consistent answer.
      const stale = input.ConsistentRead !== true && chance.happens(0.5);
      return { items: items.slice(stale ? 1 : 0), lastKey };
    },
  };
}

export function cancelled(
  CancellationReasons: { Code: string; Item?: Item }[],
): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons,
  });
}

/**
 * The model's refusals as the SDK throws them; a request that AWS would reject as invalid is a fault of the
 * caller.
 */
function asTheSdk<Result>(
  writes: readonly Write<Value>[],
  stored: (write: Write<Value>) => Item | undefined,
  run: () => Result,
): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    const found = (index: number) => {
      const write = writes[index];
      const item = write?.returnOld ? stored(write) : undefined;
      return item === undefined ? {} : { Item: item };
    };
    if (error.code === 'ConditionalCheckFailedException')
      throw new ConditionalCheckFailedException({ message: error.message, $metadata: {}, ...found(0) });
    if (error.reasons === undefined) throw new RangeError(error.message);
    throw cancelled(
      error.reasons.map(({ Code }, index) => ({ Code, ...(Code === 'None' ? {} : found(index)) })),
    );
  }
}

type Expressions = Pick<
  PutItemCommandInput,
  | 'ConditionExpression'
  | 'ExpressionAttributeNames'
  | 'ExpressionAttributeValues'
  | 'ReturnValuesOnConditionCheckFailure'
>;

function toWrite(kind: Write['kind'], item: Item = {}, given: Expressions): Write<Value> {
  return {
    kind,
    item,
    names: given.ExpressionAttributeNames,
    values: given.ExpressionAttributeValues,
    condition: given.ConditionExpression,
    returnOld: given.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
  };
}

function toFind(input: QueryCommandInput): Find {
  return {
    keyCondition: input.KeyConditionExpression,
    names: input.ExpressionAttributeNames,
    values: input.ExpressionAttributeValues,
    backwards: input.ScanIndexForward === false,
    limit: Math.min(PAGE_ITEMS_MAX, input.Limit ?? PAGE_ITEMS_MAX),
    startKey: input.ExclusiveStartKey,
  };
}

function keyOf(item: Item): RowKey {
  return { pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' };
}
