/**
 * A model of a DynamoDB table: conditional writes, transactions, reads, queries and scans in pages, with AWS's limits and
 * sizes. Pure except for its rows. The local run and the simulation share it. It supports what Weir uses and refuses
 * everything else.
 */
import { defined } from '../../functions/defined.ts';
import { compare, sizeOfItem, typed } from './attribute.ts';
import { checkItem, checkSubstitutes, invalid, keyText } from './checks.ts';
import { type Condition, parseCondition, type Substitutes } from './condition.ts';
import type { Item } from './item.ts';
import { keyRange } from './key-range.ts';
import { type Found, page, pick } from './page.ts';
import type { Row, RowKey, Rows, TableKeys } from './rows.ts';
import { type CancellationReason, TableError } from './table-error.ts';

/** The change of one item by a call, or by its expiry. */
export interface Change<Value extends object = object> {
  readonly before: Item<Value> | undefined;
  readonly after: Item<Value> | undefined;
  readonly by: 'caller' | 'expiry';
}

export interface Write<Value extends object = object> extends Substitutes {
  /** `put` replaces the whole item. */
  readonly kind: 'put' | 'delete' | 'check';
  /** The whole item of a put, or the key for the other kinds. */
  readonly item: Item<Value>;
  readonly condition?: string | undefined;
  /** Whether the error of a failed condition has the current item. */
  readonly returnOld?: boolean | undefined;
}

export interface Find extends Substitutes {
  /** Undefined for a scan of the whole table. */
  readonly keyCondition?: string | undefined;
  readonly filter?: string | undefined;
  readonly projection?: string | undefined;
  readonly backwards?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly startKey?: Item | undefined;
}

export interface Table<Value extends object = object> {
  readonly keys: TableKeys;
  get(key: Item): Item<Value> | undefined;
  /** Makes one write, or several in a transaction. Returns the size of each item, the larger of before and after, in bytes. */
  write(writes: readonly [Write<Value>]): number[];
  transact(writes: readonly Write<Value>[]): number[];
  find(find: Find): Found<Value>;
  /** Deletes expired items, as DynamoDB does within a few days. Returns their number. */
  expire(attribute: string, nowSeconds: number): number;
}

const TRANSACTION_ACTIONS_MAX = 100;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;
const PARTITION_KEY_BYTES_MAX = 2048;
const SORT_KEY_BYTES_MAX = 1024;

export function createTable<Value extends object>(
  keys: TableKeys,
  rows: Rows<Value>,
  changed: (change: Change<Value>) => void,
): Table<Value> {
  const keyOf = (item: Item): RowKey => ({
    pk: keyText(item, keys.partition, PARTITION_KEY_BYTES_MAX),
    sk: keys.sort === undefined ? '' : keyText(item, keys.sort, SORT_KEY_BYTES_MAX),
  });
  const keyNames = [keys.partition, ...(keys.sort === undefined ? [] : [keys.sort])];
  const keyItem = (item: Item<Value>): Item<Value> => pick(item, keyNames);

  const conditions = new Map<string, Condition>();
  /** Keeps parsed expressions, because callers send the same few again and again. */
  function parsed(text: string): Condition {
    const condition = conditions.get(text) ?? parseCondition(text);
    conditions.set(text, condition);
    return condition;
  }

  function apply(
    { write: { kind, item }, key, before }: Prepared<Value>,
    by: Change['by'] = 'caller',
  ): number {
    if (kind === 'check') return sizeOfItem(before ?? {});
    if (kind === 'put') rows.set(key, item);
    else rows.delete(key);
    const after = kind === 'put' ? item : undefined;
    // A write that changed nothing leaves no record in the stream.
    if (!isSame(before, after)) changed({ before, after, by });
    return Math.max(sizeOfItem(before ?? {}), sizeOfItem(after ?? {}));
  }

  const prepare = (write: Write<Value>): Prepared<Value> => {
    if (write.kind === 'put') checkItem(write.item);
    const condition = write.condition === undefined ? undefined : parsed(write.condition);
    checkSubstitutes(write, condition?.refers ?? NONE);
    const key = keyOf(write.item);
    return { write, key, condition, before: rows.get(key) };
  };

  return {
    keys,
    get: (key) => rows.get(keyOf(key)),
    write([write]) {
      const own = prepare(write);
      checkCondition(own);
      return [apply(own)];
    },
    transact(writes) {
      if (writes.length === 0 || writes.length > TRANSACTION_ACTIONS_MAX)
        throw invalid(`a transaction of ${writes.length} actions: 1 to ${TRANSACTION_ACTIONS_MAX}`);
      return transact(writes.map(prepare), checkCondition, apply);
    },
    find(find) {
      const { source, limit, filter, names } = prepareFind(find, { keys, rows, keyOf, parsed });
      return page(source, { limit, passes: (item) => filter?.holds(item, find) ?? true, names, keyItem });
    },
    expire(attribute, nowSeconds) {
      const isPast = ({ item }: Row) => timeOf(item[attribute]) < nowSeconds;
      const past = [...rows.all(undefined)].filter(isPast);
      for (const { item } of past) apply(prepare({ kind: 'delete', item: keyItem(item) }), 'expiry');
      return past.length;
    },
  };
}

function checkCondition<Value extends object>({ write, condition, before }: Prepared<Value>): void {
  if (condition === undefined || condition.holds(before, write)) return;
  const item = write.returnOld ? before : undefined;
  throw new TableError('ConditionalCheckFailedException', 'The conditional request failed', { item });
}

/** Makes all writes or none. */
function transact<Value extends object>(
  prepared: readonly Prepared<Value>[],
  check: (own: Prepared<Value>) => void,
  apply: (own: Prepared<Value>) => number,
): number[] {
  if (new Set(prepared.map(({ key }) => JSON.stringify(key))).size < prepared.length)
    throw invalid('Transaction request cannot include multiple operations on one item');
  const bytes = prepared.reduce((sum, { write }) => sum + sizeOfItem(write.item), 0);
  if (bytes > TRANSACTION_BYTES_MAX)
    throw invalid(`a transaction of ${bytes} bytes: ${TRANSACTION_BYTES_MAX} at most`);
  const reasons = prepared.map((own) => reasonOf(() => check(own)));
  if (reasons.every(({ Code }) => Code === 'None')) return prepared.map((own) => apply(own));
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw new TableError(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { reasons },
  );
}

interface Prepared<Value extends object> {
  readonly write: Write<Value>;
  readonly key: RowKey;
  /** The item before the write. Nothing else writes between the look and the write, so one look is enough. */
  readonly before: Item<Value> | undefined;
  readonly condition: Condition | undefined;
}

interface FindParts<Value extends object> {
  readonly keys: TableKeys;
  readonly rows: Rows<Value>;
  readonly keyOf: (item: Item) => RowKey;
  readonly parsed: (text: string) => Condition;
}

function prepareFind<Value extends object>(find: Find, { keys, rows, keyOf, parsed }: FindParts<Value>) {
  const filter = find.filter === undefined ? undefined : parsed(find.filter);
  const used = new Set(filter?.refers);
  const range = find.keyCondition === undefined ? undefined : keyRange(find.keyCondition, find, keys, used);
  const names = find.projection === undefined ? undefined : projected(find.projection, find, used);
  checkSubstitutes(find, used);
  const start = find.startKey === undefined ? undefined : keyOf(find.startKey);
  const source =
    range === undefined
      ? rows.all(start)
      : rows.range({ ...range, backwards: find.backwards ?? false, after: start?.sk });
  return { source, limit: find.limit, filter, names };
}

function projected(text: string, { names = {} }: Substitutes, used: Set<string>): string[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    if (!name.startsWith('#')) return name;
    used.add(name);
    return names[name] ?? missing(name);
  });
}

function missing(name: string): never {
  throw invalid(`no name is given for ${name}`);
}

const NONE: ReadonlySet<string> = new Set();

function timeOf(value: object | undefined): number {
  const [type, content] = value === undefined ? ['', ''] : typed(value);
  return type === 'N' ? Number(content) : Number.POSITIVE_INFINITY;
}

function reasonOf(check: () => void): CancellationReason {
  try {
    check();
    return { Code: 'None' };
  } catch (error) {
    if (!(error instanceof TableError) || error.code !== 'ConditionalCheckFailedException') throw error;
    const { item } = error;
    return {
      Code: 'ConditionalCheckFailed',
      Message: error.message,
      ...defined({ Item: item }),
    };
  }
}

function isSame(before: Item | undefined, after: Item | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const names = Object.keys(before);
  if (names.length !== Object.keys(after).length) return false;
  return names.every((name) => compare(before[name] ?? {}, after[name] ?? MISSING) === 0);
}

/** Has a type that no value has, so it equals none. */
const MISSING = { missing: true };
