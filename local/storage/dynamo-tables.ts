/** Makes the plan's tables, and mends what the embedded engine's streams need to stay quick. */
import { DatabaseSync } from 'node:sqlite';
import { isRecord } from '../../functions/json.ts';
import { CallError, type JsonCall } from '../gateway/json-call.ts';
import type { StreamViewType, TablePlan } from '../template/stack-spec.ts';
import type { DynamoDb } from './dynamodb.ts';

export interface EngineTables {
  readonly call: JsonCall;
  /** From the ARNs of the plan's streams to those that the engine gave them. */
  readonly streamArns: ReadonlyMap<string, string>;
  /** Forgets the stream's records before this one. */
  trim(tableName: string, sequenceNumber: string): void;
  close(): Promise<void>;
}

export async function createTables(dynamo: DynamoDb, tables: readonly TablePlan[]): Promise<EngineTables> {
  const streamArns = new Map<string, string>();
  const made: string[] = [];
  // In an engine that goes on running, our tables must not stay.
  const removeMade = async () => {
    for (const TableName of made) await dynamo.call('DynamoDB_20120810.DeleteTable', { TableName });
  };
  for (const table of tables) {
    const engineArn = await createTable(dynamo, table, made).catch(async (error: unknown) => {
      await removeMade().catch(() => undefined); // Of the two, the first error says more.
      throw error;
    });
    if (table.stream !== undefined && engineArn !== undefined) streamArns.set(table.stream.arn, engineArn);
  }
  const upkeep = dynamo.file === undefined ? undefined : openStreamUpkeep(dynamo.file);
  return {
    call: dynamo.call,
    streamArns,
    trim: (tableName, sequenceNumber) => upkeep?.trim(tableName, sequenceNumber),
    async close() {
      upkeep?.close();
      // The embedded engine's data goes with it.
      if (upkeep === undefined) await removeMade();
    },
  };
}

/** Returns the ARN that the engine gave the table's stream, if the table has one. */
async function createTable(dynamo: DynamoDb, table: TablePlan, made: string[]): Promise<string | undefined> {
  const name = { TableName: table.name };
  const { TableDescription: description } = await dynamo
    .call('DynamoDB_20120810.CreateTable', {
      ...name,
      AttributeDefinitions: table.attributes.map((attribute) => ({
        AttributeName: attribute.name,
        AttributeType: attribute.type,
      })),
      KeySchema: table.keys.map((key) => ({ AttributeName: key.name, KeyType: key.type })),
      BillingMode: 'PAY_PER_REQUEST',
      ...(table.stream && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: engineViewType(table.stream.viewType) },
      }),
    })
    .catch((error: unknown) => {
      if (!(error instanceof CallError) || error.code !== 'ResourceInUseException') throw error;
      throw new Error(
        `table ${table.name} exists at ${dynamo.endpoint}: delete it or use a fresh DynamoDB, a local run starts empty`,
        { cause: error },
      );
    });
  made.push(table.name);
  if (table.ttlAttribute !== undefined) {
    await dynamo.call('DynamoDB_20120810.UpdateTimeToLive', {
      ...name,
      TimeToLiveSpecification: { AttributeName: table.ttlAttribute, Enabled: true },
    });
  }
  const streamArn = isRecord(description) ? description['LatestStreamArn'] : undefined;
  if (table.stream === undefined) return undefined;
  if (typeof streamArn !== 'string') throw new Error(`${dynamo.endpoint} gave table ${table.name} no stream`);
  return streamArn;
}

/**
 * The old image is needed to tell a write that changed nothing: DynamoDB puts none in the stream, the engine does.
 * The mapping takes it out again.
 */
function engineViewType(viewType: StreamViewType): StreamViewType {
  return viewType === 'KEYS_ONLY' ? 'KEYS_ONLY' : 'NEW_AND_OLD_IMAGES';
}

interface StreamUpkeep {
  /** Forgets the records before this one. Quietly does nothing while the engine holds its file. */
  trim(tableName: string, sequenceNumber: string): void;
  close(): void;
}

/**
 * The engine searches its table of stream records from end to end on every write and every read, and never trims it:
 * with two indexes and a short table both stay quick however long the run.
 */
function openStreamUpkeep(file: string): StreamUpkeep {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA busy_timeout = 5000;
    CREATE INDEX IF NOT EXISTS weir_by_number ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS weir_by_shard
      ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));
    PRAGMA busy_timeout = 20;`);
  // The newest record stays, or the engine would start numbering at 1 again.
  const remove = database.prepare(`
    DELETE FROM _stream_records WHERE table_name = :table AND CAST(sequence_number AS INTEGER) < min(:before,
      (SELECT max(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = :table))`);
  return {
    trim(tableName, sequenceNumber) {
      try {
        remove.run({ table: tableName, before: BigInt(sequenceNumber) });
      } catch {
        // The engine holds its file: the next trim takes these records along.
      }
    },
    close: () => database.close(),
  };
}
