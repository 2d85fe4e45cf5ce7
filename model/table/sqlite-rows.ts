/**
 * Rows in SQLite, which is part of Node, so that a long run keeps its items on disk and not in memory. The file has no name.
 * SQLite removes it when this process ends, however it ends.
 * https://www.sqlite.org/inmemorydb.html#temp_db
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Item } from './item.ts';
import type { Row, Rows } from './rows.ts';

export interface SqliteRows extends Rows {
  count(): number;
  /** Whether a number attribute of any row is below `bound`. Does not parse the items. */
  hasBelow(attribute: string, bound: number): boolean;
  close(): void;
}

export function openSqliteRows(): SqliteRows {
  const database = new DatabaseSync('');
  // BINARY collation compares UTF-8 bytes, as DynamoDB does. The data need not survive the process, so nothing is flushed.
  database.exec(`
    PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;
    CREATE TABLE row (pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (pk, sk)) WITHOUT ROWID;`);
  const get = database.prepare('SELECT item FROM row WHERE pk = ? AND sk = ?');
  const set = database.prepare('INSERT OR REPLACE INTO row VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM row WHERE pk = ? AND sk = ?');
  const selected = 'SELECT pk, sk, item FROM row WHERE pk = ? AND sk >= ? AND (? IS NULL OR sk <= ?)';
  const forwards = database.prepare(`${selected} AND (? IS NULL OR sk > ?) ORDER BY sk LIMIT ?`);
  const backwards = database.prepare(`${selected} AND (? IS NULL OR sk < ?) ORDER BY sk DESC LIMIT ?`);
  const all = database.prepare(
    'SELECT pk, sk, item FROM row WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?',
  );
  const count = database.prepare('SELECT count(*) AS rows FROM row');
  const below = database.prepare('SELECT 1 FROM row WHERE CAST(item ->> ? AS REAL) < ? LIMIT 1');

  return {
    get: ({ pk, sk }) => {
      const found = get.get(pk, sk);
      return found === undefined ? undefined : itemOf(found['item']);
    },
    set: ({ pk, sk }, item) => void set.run(pk, sk, JSON.stringify(item)),
    delete: ({ pk, sk }) => void remove.run(pk, sk),
    range({ pk, first, last = null, after = null, ...range }) {
      const statement = range.backwards ? backwards : forwards;
      return inLots((previous, lot) => {
        const from = previous?.sk ?? after;
        return rowsOf(statement, [pk, first, last, last, from, from, lot]);
      });
    },
    // No key is empty, so every row comes after ('', '').
    all: (after = { pk: '', sk: '' }) =>
      inLots((previous = undefined, lot) => {
        const { pk, sk } = previous ?? after;
        return rowsOf(all, [pk, sk, lot]);
      }),
    count: () => Number(count.get()?.['rows']),
    hasBelow: (attribute, bound) => below.get(`$.${JSON.stringify(attribute)}.N`, bound) !== undefined,
    close: () => database.close(),
  };
}

const LOT = 64;

/** Reads in batches, because an open statement would see rows that are written during the iteration. */
function* inLots(select: (previous: Row | undefined, lot: number) => Row[]): Iterable<Row> {
  let previous: Row | undefined;
  for (;;) {
    const rows = select(previous, LOT);
    yield* rows;
    previous = rows.at(-1);
    if (rows.length < LOT) return;
  }
}

function rowsOf(statement: StatementSync, values: (string | number | null)[]): Row[] {
  return statement
    .all(...values)
    .map(({ pk, sk, item }) => ({ pk: String(pk), sk: String(sk), item: itemOf(item) }));
}

/** Only this file writes the column, so its text is an item. */
function itemOf(text: unknown): Item {
  const value: unknown = JSON.parse(String(text));
  return Object(value);
}
