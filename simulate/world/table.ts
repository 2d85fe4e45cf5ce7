/**
 * A DynamoDB table in memory with its stream: conditional puts, transactions, consistent reads, queries in pages.
 * It understands the expressions that the state store uses, and throws at any other.
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { Chance } from './chance.ts';

export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

export interface Table {
  get(input: GetItemCommandInput): Item | undefined;
  put(input: PutItemCommandInput): Change;
  transact(input: TransactWriteItemsCommandInput): Change[];
  query(input: QueryCommandInput): { items: Item[]; lastKey: Item | undefined };
  item(pk: string, sk: string): Item | undefined;
  /** What somebody does to the table by hand: no condition, and the stream does not show it. */
  set(pk: string, sk: string, item: Item | undefined): void;
  /** Sort keys of a partition that begin so, in order. */
  sortKeys(pk: string, prefix: string): string[];
}

type Write = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeValues' | 'ReturnValuesOnConditionCheckFailure'
> & { readonly pk: string; readonly sk: string; readonly item: Item | undefined };

const ITEM_BYTES_MAX = 400 * 1024;
const PAGE_ITEMS_MAX = 3;

export function createTable(chance: Chance, changed: (change: Change) => void): Table {
  const partitions = new Map<string, Map<string, Item>>();
  /** The image before the newest: what an eventually consistent read may still give. */
  const previous = new Map<Item, Item | undefined>();

  const stored = (pk: string, sk: string) => partitions.get(pk)?.get(sk);

  function write({ pk, sk, item }: Write): Change {
    const before = stored(pk, sk);
    let partition = partitions.get(pk);
    if (partition === undefined) {
      partition = new Map();
      partitions.set(pk, partition);
    }
    if (item === undefined) partition.delete(sk);
    else {
      partition.set(sk, item);
      if (before !== undefined) previous.delete(before);
      previous.set(item, before);
    }
    const change = { before, after: item };
    changed(change);
    return change;
  }

  function check(write: Write): void {
    if (write.item !== undefined && bytesOf(write.item) > ITEM_BYTES_MAX) {
      throw new RangeError(`an item of ${bytesOf(write.item)} bytes`);
    }
    const current = stored(write.pk, write.sk);
    if (holds(write.ConditionExpression, write.ExpressionAttributeValues ?? {}, current)) return;
    throw new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: {},
      ...(write.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && current !== undefined
        ? { Item: current }
        : {}),
    });
  }

  function sortKeys(pk: string, prefix: string): string[] {
    return [...(partitions.get(pk)?.keys() ?? [])].filter((sk) => sk.startsWith(prefix)).sort();
  }

  return {
    item: stored,
    sortKeys,
    set(pk, sk, item) {
      if (item === undefined) partitions.get(pk)?.delete(sk);
      else partitions.get(pk)?.set(sk, item);
    },
    get({ Key = {}, ConsistentRead = false }) {
      const item = stored(text(Key['pk']), text(Key['sk']));
      return ConsistentRead || item === undefined || chance.happens(0.5) ? item : previous.get(item);
    },
    put(input) {
      const own = toWrite(input);
      check(own);
      return write(own);
    },
    transact({ TransactItems = [] }) {
      const writes = TransactItems.map(({ Put, Delete }) => {
        if (Put !== undefined) return toWrite(Put);
        if (Delete === undefined)
          throw new RangeError('a transaction with something else than puts and deletes');
        return { ...Delete, pk: text(Delete.Key?.['pk']), sk: text(Delete.Key?.['sk']), item: undefined };
      });
      const reasons = writes.map((own) => {
        try {
          check(own);
          return { Code: 'None' };
        } catch (error) {
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          return {
            Code: 'ConditionalCheckFailed',
            ...(error.Item === undefined ? {} : { Item: error.Item }),
          };
        }
      });
      if (reasons.every(({ Code }) => Code === 'None')) return writes.map(write);
      throw cancelled(reasons);
    },
    query(input) {
      const values = input.ExpressionAttributeValues ?? {};
      const inRange = sortKeyCondition(input.KeyConditionExpression ?? '', values);
      const pk = text(values[':key']);
      const start = input.ExclusiveStartKey?.['sk']?.S;
      const keys = sortKeys(pk, '').filter(inRange);
      if (input.ScanIndexForward === false) keys.reverse();
      const from = start === undefined ? 0 : keys.indexOf(start) + 1;
      const fresh = keys.slice(from, from + Math.min(PAGE_ITEMS_MAX, input.Limit ?? PAGE_ITEMS_MAX));
      const items = fresh.map((sk) => stored(pk, sk)).filter((item) => item !== undefined);
      const last = from + fresh.length < keys.length ? items.at(-1) : undefined;
      const lastKey = last && { pk: { S: pk }, sk: { S: text(last['sk']) } };
      // What was written last may be missing from an eventually consistent answer.
      const stale = input.ConsistentRead !== true && chance.happens(0.5);
      return { items: stale ? items.slice(1) : items, lastKey };
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

function toWrite(put: Omit<PutItemCommandInput, 'TableName'>): Write {
  const item = put.Item ?? {};
  return { ...put, pk: text(item['pk']), sk: text(item['sk']), item };
}

type Term = (values: Item, item: Item | undefined) => boolean;

/** The few conditions of the store, worked out once. */
const conditions = new Map<string, readonly (readonly Term[])[]>();

function holds(condition: string | undefined, values: Item, item: Item | undefined): boolean {
  if (condition === undefined) return true;
  let choices = conditions.get(condition);
  if (choices === undefined) {
    choices = condition.split(' OR ').map((choice) => choice.split(' AND ').map(toTerm));
    conditions.set(condition, choices);
  }
  return choices.some((terms) => terms.every((term) => term(values, item)));
}

function toTerm(text: string): Term {
  const exists = /^attribute_(not_)?exists\((\w+)\)$/.exec(text);
  if (exists !== null) {
    const [, not, name = ''] = exists;
    return (_, item) => (item?.[name] === undefined) === (not !== undefined);
  }
  const [name = '', equals, value = ''] = text.split(' ');
  return (values, item) => {
    const wanted = values[value];
    if (equals !== '=' || wanted === undefined) throw new RangeError(`condition ${text}`);
    return isEqual(item?.[name], wanted);
  };
}

function isEqual(one: AttributeValue | undefined, other: AttributeValue): boolean {
  if (one?.S !== undefined || one?.N !== undefined) return one.S === other.S && one.N === other.N;
  return JSON.stringify(one) === JSON.stringify(other);
}

function sortKeyCondition(expression: string, values: Item): (sk: string) => boolean {
  const between = /^pk = :key AND sk BETWEEN (:\w+) AND (:\w+)$/.exec(expression);
  if (between !== null) {
    const [first, last] = [text(values[between[1] ?? '']), text(values[between[2] ?? ''])];
    return (sk) => first <= sk && sk <= last;
  }
  const begins = /^pk = :key AND begins_with\(sk, (:\w+)\)$/.exec(expression);
  if (begins === null) throw new RangeError(`key condition ${expression}`);
  const prefix = text(values[begins[1] ?? '']);
  return (sk) => sk.startsWith(prefix);
}

function text(value: AttributeValue | undefined): string {
  if (value?.S === undefined) throw new RangeError('a key that is not a string');
  return value.S;
}

function bytesOf(item: Item): number {
  let bytes = 0;
  for (const name in item) {
    const value = item[name];
    bytes += name.length;
    if (value?.S !== undefined) bytes += Buffer.byteLength(value.S);
    else bytes += value?.B?.byteLength ?? value?.N?.length ?? 0;
  }
  return bytes;
}
