/**
 * A DynamoDB table: conditional writes, transactions, reads, queries and scans in pages, with AWS's limits and units.
 * Pure but for its rows; the local run and the simulation share it. It plays what Weir uses, and refuses the rest.
 */
import { checkAttribute, compareText, ITEM_BYTES_MAX, type Item, sizeOfItem } from './attribute.ts';
import { type Condition, parseCondition, type Substitutes } from './condition.ts';
import { keyRange } from './key-range.ts';
import type { Row, RowKey, Rows } from './rows.ts';
import { type CancellationReason, TableError } from './table-error.ts';

export interface TableKeys {
  readonly partition: string;
  readonly sort: string | undefined;
}

/** What a write did to one item; `service` marks an expiry, which nobody asked for. */
export interface Change {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly by: 'caller' | 'expiry';
}

export interface Write extends Substitutes {
  /** `put` replaces the whole item. */
  readonly kind: 'put' | 'delete' | 'check';
  /** The whole item of a put, else its key. */
  readonly item: Item;
  readonly condition?: string | undefined;
  /** Whether a failed condition is answered with the item as it is. */
  readonly returnOld?: boolean | undefined;
}

export interface Find extends Substitutes {
  /** Undefined scans the whole table. */
  readonly keyCondition?: string | undefined;
  readonly filter?: string | undefined;
  readonly projection?: string | undefined;
  readonly backwards?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly startKey?: Item | undefined;
}

export interface Found {
  readonly items: readonly Item[];
  readonly scanned: number;
  /** Bytes that were read, which the units follow from. */
  readonly bytes: number;
  readonly lastKey: Item | undefined;
}

export interface Table {
  readonly keys: TableKeys;
  get(key: Item): Item | undefined;
  /** One write, or several in a transaction: all or none. The bytes of each, the larger of before and after. */
  write(writes: readonly [Write]): number[];
  transact(writes: readonly Write[]): number[];
  find(find: Find): Found;
  /** Deletes what is past its time, as DynamoDB does within some days. */
  expire(attribute: string, nowSeconds: number): number;
}

const TRANSACTION_ACTIONS_MAX = 100;
const TRANSACTION_BYTES_MAX = 4 * 1024 * 1024;
const PAGE_BYTES_MAX = 1024 * 1024;
const PARTITION_KEY_BYTES_MAX = 2048;
const SORT_KEY_BYTES_MAX = 1024;

export function createTable(keys: TableKeys, rows: Rows, changed: (change: Change) => void): Table {
  const keyOf = (item: Item): RowKey => ({
    pk: keyText(item, keys.partition, PARTITION_KEY_BYTES_MAX),
    sk: keys.sort === undefined ? '' : keyText(item, keys.sort, SORT_KEY_BYTES_MAX),
  });
  const keyItem = (item: Item): Item => {
    const names = [keys.partition, ...(keys.sort === undefined ? [] : [keys.sort])];
    return Object.fromEntries(names.map((name) => [name, item[name] ?? {}]));
  };

  function check(own: Prepared): void {
    if (own.holds(rows.get(own.key))) return;
    const item = own.write.returnOld ? rows.get(own.key) : undefined;
    throw new TableError('ConditionalCheckFailedException', 'The conditional request failed', { item });
  }

  function apply({ write: { kind, item }, key }: Prepared, by: Change['by'] = 'caller'): number {
    const before = rows.get(key);
    if (kind === 'check') return sizeOfItem(before ?? {});
    if (kind === 'put') rows.set(key, item);
    else rows.delete(key);
    const after = kind === 'put' ? item : undefined;
    // A write that changed nothing leaves no record in the stream.
    if (!isSame(before, after)) changed({ before, after, by });
    return Math.max(sizeOfItem(before ?? {}), sizeOfItem(after ?? {}));
  }

  const prepare = (write: Write): Prepared => {
    if (write.kind === 'put') checkItem(write.item);
    return { write, key: keyOf(write.item), holds: conditionOf(write) };
  };

  return {
    keys,
    get: (key) => rows.get(keyOf(key)),
    write([write]) {
      const own = prepare(write);
      check(own);
      return [apply(own)];
    },
    transact(writes) {
      if (writes.length === 0 || writes.length > TRANSACTION_ACTIONS_MAX)
        throw invalid(`a transaction of ${writes.length} actions: 1 to ${TRANSACTION_ACTIONS_MAX}`);
      const prepared = writes.map(prepare);
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
    },
    find(find) {
      const used = new Set<string>();
      const passes = find.filter === undefined ? undefined : parseCondition(find.filter, find, used);
      const range =
        find.keyCondition === undefined ? undefined : keyRange(find.keyCondition, find, keys, used);
      const names = find.projection === undefined ? undefined : projected(find.projection, find, used);
      checkUsed(find, used);
      const start = find.startKey === undefined ? undefined : keyOf(find.startKey);
      const source =
        range === undefined
          ? rows.all(start)
          : rows.range({ ...range, backwards: find.backwards ?? false, after: start?.sk });
      return page(source, { limit: find.limit, passes, names, keyItem });
    },
    expire(attribute, nowSeconds) {
      const isPast = ({ item }: Row) =>
        Number(item[attribute]?.['N'] ?? Number.POSITIVE_INFINITY) < nowSeconds;
      const past = [...rows.all(undefined)].filter(isPast);
      for (const { item } of past) apply(prepare({ kind: 'delete', item: keyItem(item) }), 'expiry');
      return past.length;
    },
  };
}

interface Prepared {
  readonly write: Write;
  readonly key: RowKey;
  readonly holds: Condition;
}

interface PageOptions {
  readonly limit: number | undefined;
  readonly passes: Condition | undefined;
  readonly names: readonly string[] | undefined;
  readonly keyItem: (item: Item) => Item;
}

/** A page ends at the limit or at 1 MB, before filters are applied. */
function page(source: Iterable<Row>, { limit, passes, names, keyItem }: PageOptions): Found {
  const items: Item[] = [];
  let [scanned, bytes] = [0, 0];
  let last: Item | undefined;
  for (const { item } of source) {
    const size = sizeOfItem(item);
    if (scanned > 0 && bytes + size > PAGE_BYTES_MAX) return { items, scanned, bytes, lastKey: last };
    scanned += 1;
    bytes += size;
    last = keyItem(item);
    if (passes?.(item) ?? true) items.push(names === undefined ? item : pick(item, names));
    if (scanned === limit) return { items, scanned, bytes, lastKey: last };
  }
  return { items, scanned, bytes, lastKey: undefined };
}

function pick(item: Item, names: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
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

function conditionOf(write: Write): Condition {
  const used = new Set<string>();
  const condition = write.condition === undefined ? () => true : parseCondition(write.condition, write, used);
  checkUsed(write, used);
  return condition;
}

/** DynamoDB refuses names and values that no expression refers to. */
function checkUsed({ names = {}, values = {} }: Substitutes, used: ReadonlySet<string>): void {
  const unused = [...Object.keys(names), ...Object.keys(values)].filter((name) => !used.has(name));
  if (unused.length > 0) throw invalid(`given but unused in expressions: ${unused.join(', ')}`);
}

function checkItem(item: Item): void {
  for (const value of Object.values(item)) checkAttribute(value);
  if (sizeOfItem(item) > ITEM_BYTES_MAX) throw invalid('Item size has exceeded the maximum allowed size');
}

function keyText(item: Item, name: string, bytesMax: number): string {
  const value = item[name]?.['S'];
  if (typeof value !== 'string') throw invalid(`the key ${name} is missing or is no string`);
  const bytes = Buffer.byteLength(value);
  if (bytes === 0 || bytes > bytesMax) throw invalid(`the key ${name} has ${bytes} bytes: 1 to ${bytesMax}`);
  return value;
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
      ...(item === undefined ? {} : { Item: item }),
    };
  }
}

function isSame(before: Item | undefined, after: Item | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const names = Object.keys(before).sort(compareText);
  const others = Object.keys(after).sort(compareText);
  return (
    JSON.stringify(names.map((name) => [name, before[name]])) ===
    JSON.stringify(others.map((name) => [name, after[name]]))
  );
}

function invalid(message: string): TableError {
  return new TableError('ValidationException', message);
}
