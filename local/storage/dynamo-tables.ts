/** Creates the plan's tables and removes them again. */
import { isRecord } from '../../functions/json.ts';
import { CallError } from '../gateway/json-call.ts';
import type { StreamViewType, TablePlan } from '../template/stack-spec.ts';
import type { DynamoDb } from './dynamodb.ts';

export interface EngineTables {
  /** From the ARNs of the plan's streams to the engine's ARNs. */
  readonly streamArns: ReadonlyMap<string, string>;
  /** Removes the tables: an external engine keeps running. */
  close(): Promise<void>;
}

type Engine = Pick<DynamoDb, 'name' | 'call'>;

export async function createTables(dynamo: Engine, tables: readonly TablePlan[]): Promise<EngineTables> {
  const streamArns = new Map<string, string>();
  const made: string[] = [];
  const removeMade = async () => {
    for (const TableName of made) await dynamo.call('DynamoDB_20120810.DeleteTable', { TableName });
  };
  for (const table of tables) {
    const engineArn = await createTable(dynamo, table, made).catch(async (error: unknown) => {
      await removeMade().catch(() => undefined); // The first error says more.
      throw error;
    });
    if (table.stream !== undefined && engineArn !== undefined) streamArns.set(table.stream.arn, engineArn);
  }
  return { streamArns, close: removeMade };
}

/** Returns the ARN that the engine gave the table's stream, if the table has one. */
async function createTable(dynamo: Engine, table: TablePlan, made: string[]): Promise<string | undefined> {
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
        `table ${table.name} exists at ${dynamo.name}: delete it or use a fresh DynamoDB, a local run starts empty`,
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
  if (typeof streamArn !== 'string') throw new Error(`${dynamo.name} gave table ${table.name} no stream`);
  return streamArn;
}

/**
 * The old image shows whether a write changed anything: DynamoDB leaves writes without a change out of the
 * stream, other engines do not. The mapping removes the image again.
 */
function engineViewType(viewType: StreamViewType): StreamViewType {
  return viewType === 'KEYS_ONLY' ? 'KEYS_ONLY' : 'NEW_AND_OLD_IMAGES';
}
