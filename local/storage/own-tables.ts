/** The tables of the embedded DynamoDB: created, found by name, and removed. */
import * as v from 'valibot';
import { openSqliteRows, type SqliteRows } from '../../model/table/sqlite-rows.ts';
import { createStream, type TableStream } from '../../model/table/stream.ts';
import { createTable, type Table } from '../../model/table/table.ts';
import { TableError } from '../../model/table/table-error.ts';
import type { Action } from './action.ts';

export interface OwnTable {
  readonly table: Table;
  readonly rows: SqliteRows;
  readonly stream: TableStream | undefined;
  readonly streamArn: string | undefined;
  ttlAttribute: string | undefined;
}

export interface OwnTables {
  find(name: string): OwnTable;
  findByStream(arn: string): OwnTable;
  /** Deletes expired items from every table with a TTL; returns the number deleted. */
  expire(): number;
  readonly actions: Readonly<Record<string, Action>>;
  close(): void;
}

const Named = v.object({ TableName: v.string() });
const NewTable = v.object({
  ...Named.entries,
  KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
  StreamSpecification: v.optional(v.object({ StreamEnabled: v.boolean() })),
});
const TimeToLive = v.object({
  ...Named.entries,
  TimeToLiveSpecification: v.object({ AttributeName: v.string(), Enabled: v.boolean() }),
});

export function createTables(nowMs: () => number): OwnTables {
  const tables = new Map<string, OwnTable>();
  const find = (name: string): OwnTable =>
    tables.get(name) ?? missing(`Requested resource not found: Table: ${name} not found`);

  function create(body: unknown): object {
    const { TableName: name, KeySchema: schema, StreamSpecification } = v.parse(NewTable, body);
    if (tables.has(name)) throw new TableError('ResourceInUseException', `Table already exists: ${name}`);
    const stream = StreamSpecification?.StreamEnabled ? createStream(nowMs) : undefined;
    const streamArn = stream && `arn:aws:dynamodb:local:000000000000:table/${name}/stream/1`;
    const keyOf = (type: 'HASH' | 'RANGE') => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
    const keys = {
      partition: keyOf('HASH') ?? missing(`${name} has no partition key`),
      sort: keyOf('RANGE'),
    };
    const rows = openSqliteRows();
    const table = createTable(keys, rows, (change) => stream?.append(change));
    tables.set(name, { table, rows, stream, streamArn, ttlAttribute: undefined });
    return {
      TableDescription: {
        TableName: name,
        TableStatus: 'ACTIVE',
        ...(streamArn && { LatestStreamArn: streamArn }),
      },
    };
  }

  function remove(name: string): void {
    find(name).rows.close();
    tables.delete(name);
  }

  return {
    find,
    findByStream: (arn) =>
      [...tables.values()].find(({ streamArn }) => streamArn === arn) ?? missing(`no stream ${arn}`),
    expire() {
      let expired = 0;
      const now = Math.floor(nowMs() / 1000);
      for (const { table, rows, ttlAttribute } of tables.values()) {
        if (ttlAttribute === undefined || !rows.hasBelow(ttlAttribute, now)) continue;
        expired += table.expire(ttlAttribute, now);
      }
      return expired;
    },
    actions: actionsOf(tables, { find, create, remove }),
    close() {
      for (const name of [...tables.keys()]) remove(name);
    },
  };
}

interface Steps {
  readonly find: (name: string) => OwnTable;
  readonly create: (body: unknown) => object;
  readonly remove: (name: string) => void;
}

function actionsOf(
  tables: ReadonlyMap<string, OwnTable>,
  { find, create, remove }: Steps,
): Readonly<Record<string, Action>> {
  return {
    CreateTable: create,
    DescribeTable(body) {
      const { TableName: name } = v.parse(Named, body);
      return { Table: { TableName: name, TableStatus: 'ACTIVE', ItemCount: find(name).rows.count() } };
    },
    ListTables: () => ({ TableNames: [...tables.keys()] }),
    DeleteTable(body) {
      const { TableName: name } = v.parse(Named, body);
      remove(name);
      return { TableDescription: { TableName: name, TableStatus: 'DELETING' } };
    },
    UpdateTimeToLive(body) {
      const { TableName: name, TimeToLiveSpecification: given } = v.parse(TimeToLive, body);
      find(name).ttlAttribute = given.Enabled ? given.AttributeName : undefined;
      return { TimeToLiveSpecification: given };
    },
  };
}

function missing(message: string): never {
  throw new TableError('ResourceNotFoundException', message);
}
