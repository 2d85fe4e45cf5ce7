import { describe, expect, onTestFinished, test } from 'vitest';
import type { Item } from '../../../model/table/item.ts';
import { createMemoryRows, type Rows } from '../../../model/table/rows.ts';
import { openSqliteRows } from '../../../model/table/sqlite-rows.ts';
import { createStream } from '../../../model/table/stream.ts';
import { type Change, createTable, type Write } from '../../../model/table/table.ts';
import fc from '../../properties.ts';

const KEYS = { partition: 'pk', sort: 'sk' };
const keyOf = (pk: string, sk: string): Item => ({ pk: { S: pk }, sk: { S: sk } });
const put = (item: Item, parts: Partial<Write> = {}): Write => ({ kind: 'put', item, ...parts });

function build(rows: Rows = createMemoryRows()) {
  const changes: Change[] = [];
  return { changes, table: createTable(KEYS, rows, (change) => changes.push(change)) };
}

function sqliteRows(): Rows {
  const rows = openSqliteRows();
  onTestFinished(() => rows.close());
  return rows;
}

describe('a table refuses what DynamoDB refuses', () => {
  const { table } = build();
  const bytes = (size: number): Item => ({ ...keyOf('a', 's'), text: { S: 'x'.repeat(size) } });
  // Names and values count: pk, sk and text, and the two letters of the key.
  const NAMES = 'pkasksstext'.length - 'ss'.length + 's'.length;

  test('an item above 400 KB, to the byte', () => {
    const most = 400 * 1024 - NAMES;
    expect(() => table.write([put(bytes(most))])).not.toThrow();
    expect(() => table.write([put(bytes(most + 1))])).toThrow(
      'Item size has exceeded the maximum allowed size',
    );
  });

  test.each([
    ['an empty key', keyOf('', 's'), 'the key pk has 0 bytes: 1 to 2048'],
    ['a partition key above 2,048 bytes', keyOf('\u20AC'.repeat(683), 's'), 'the key pk has 2049 bytes'],
    ['a sort key above 1,024 bytes', keyOf('a', 'x'.repeat(1025)), 'the key sk has 1025 bytes'],
    ['an item without its key', { pk: { S: 'a' } }, 'the key sk is missing'],
    [
      'a number of 39 digits',
      { ...keyOf('a', 's'), n: { N: '1'.repeat(39) } },
      'a number that cannot be stored',
    ],
    ['a value of two types', { ...keyOf('a', 's'), n: { N: '1', S: '1' } }, 'exactly one type'],
    [
      'a type that there is not',
      { ...keyOf('a', 's'), n: { XS: 'a' } },
      'XS is no type of an attribute value',
    ],
  ])('%s', (_, item, message) => {
    expect(() => table.write([put(item)])).toThrow(message);
  });

  test.each([
    [
      'a value that no expression refers to',
      { values: { ':x': { S: 'x' } } },
      'given but unused in expressions: :x',
    ],
    ['a value that is not given', { condition: 'a = :x' }, 'no value is given for :x'],
    ['a name that is not given', { condition: '#a = #a' }, 'no name is given for #a'],
    ['a condition that ends early', { condition: 'attribute_exists(a) AND' }, 'Invalid expression'],
    ['a condition with something left over', { condition: 'a = a a' }, '"a" is left over'],
    [
      'a function that it does not play',
      { condition: 'contains(a, a)' },
      'does not support the function contains',
    ],
  ])('%s', (_, parts, message) => {
    expect(() => table.write([put(keyOf('a', 's'), parts)])).toThrow(message);
  });

  test('a transaction of two actions on one item, of none, and of more than a hundred', () => {
    const one = put(keyOf('a', 's'));
    expect(() => table.transact([one, { kind: 'delete', item: keyOf('a', 's') }])).toThrow(
      'multiple operations',
    );
    expect(() => table.transact([])).toThrow('a transaction of 0 actions');
    const many = Array.from({ length: 101 }, (_, index) => put(keyOf('a', `${index}`)));
    expect(() => table.transact(many)).toThrow('a transaction of 101 actions');
  });
});

test('a transaction of a table changes all of its items or none', () => {
  const { table, changes } = build();
  table.write([put(keyOf('a', '1'))]);
  const failing = put(keyOf('a', '1'), { condition: 'attribute_not_exists(pk)', returnOld: true });
  expect(() => table.transact([put(keyOf('a', '2')), failing])).toThrow('[None, ConditionalCheckFailed]');
  expect(table.get(keyOf('a', '2'))).toBeUndefined();
  table.transact([put(keyOf('a', '2')), { kind: 'delete', item: keyOf('a', '1') }]);
  expect([table.get(keyOf('a', '1')), table.get(keyOf('a', '2'))]).toEqual([undefined, keyOf('a', '2')]);
  expect(changes).toHaveLength(3);
});

test('a write that changes nothing leaves no record in the stream, as on AWS', () => {
  const { table, changes } = build();
  table.write([put({ ...keyOf('a', '1'), n: { N: '1' } })]);
  table.write([put({ n: { N: '1' }, ...keyOf('a', '1') })]);
  table.write([{ kind: 'delete', item: keyOf('b', '1') }]);
  expect(changes).toHaveLength(1);
});

test('an expired item leaves the table, and its stream record names the service as the cause', () => {
  const { table, changes } = build();
  table.write([put({ ...keyOf('a', 'old'), expires: { N: '99' } })]);
  table.write([put({ ...keyOf('a', 'new'), expires: { N: '100' } })]);
  table.write([put(keyOf('a', 'state'))]);
  expect(table.expire('expires', 100)).toBe(1);
  expect(table.get(keyOf('a', 'old'))).toBeUndefined();
  expect(changes.at(-1)).toMatchObject({ by: 'expiry', after: undefined });
  expect(table.find({}).items).toHaveLength(2);
});

test('a page of a query ends at one megabyte, and the next one continues behind it', () => {
  const { table } = build(sqliteRows());
  for (let n = 0; n < 5; n += 1)
    table.write([put({ ...keyOf('a', `${n}`), text: { S: 'x'.repeat(300_000) } })]);
  const query = { keyCondition: 'pk = :key', values: { ':key': { S: 'a' } } };
  const first = table.find(query);
  expect(first.items).toHaveLength(3);
  const second = table.find({ ...query, startKey: first.lastKey });
  expect(second.items.map(({ sk }) => sk)).toEqual([{ S: '3' }, { S: '4' }]);
  expect(second.lastKey).toBeUndefined();
});

test('rows in memory and rows in SQLite give the same, in the order of UTF-8', () => {
  const text = fc.constantFrom('a', 'b', '~', '\uFF5E', '\u{1F4A7}', '\u00E9', 'page/1', 'page/10');
  const step = fc.record({ kind: fc.constantFrom('set', 'delete'), pk: text, sk: text, n: fc.nat(9) });
  const look = fc.record({
    pk: text,
    first: text,
    backwards: fc.boolean(),
    last: fc.option(text, { nil: undefined }),
    after: fc.option(text, { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step), fc.array(look), fc.option(fc.tuple(text, text)), (steps, looks, from) => {
      const [memory, sqlite] = [createMemoryRows(), openSqliteRows()];
      try {
        for (const { kind, pk, sk, n } of steps) {
          for (const rows of [memory, sqlite]) {
            if (kind === 'set') rows.set({ pk, sk }, { n: { N: `${n}` } });
            else rows.delete({ pk, sk });
          }
        }
        for (const range of looks) expect([...sqlite.range(range)]).toEqual([...memory.range(range)]);
        const after = from === null ? undefined : { pk: from[0], sk: from[1] };
        expect([...sqlite.all(after)]).toEqual([...memory.all(after)]);
      } finally {
        sqlite.close();
      }
    }),
    { numRuns: 200 },
  );
});

test('a stream keeps its numbers when read records are dropped', () => {
  const stream = createStream(() => 5_000);
  const change: Change = { before: undefined, after: keyOf('a', '1'), by: 'caller' };
  for (let n = 0; n < 5; n += 1) stream.append(change);
  stream.trim(4);
  expect(stream.read(0, 10).map(({ number }) => number)).toEqual([4, 5]);
  stream.append(change);
  expect(stream.read(6, 10)).toMatchObject([{ number: 6, atSeconds: 5, bytes: 6 }]);
  expect(stream.next).toBe(7);
});
