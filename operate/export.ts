/**
 * Exports all states of a deployment, one line of JSON each, in the order of the table's scan. The result is
 * not a snapshot. The state is the text in the table, so every number keeps its digits, and -0 its sign.
 */
import { DescribeTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { NewerFormatError } from '../functions/errors.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { quoted } from '../functions/shorten.ts';
import { ITEM_FORMAT } from '../functions/state.ts';
import type { Deployment } from './deployment.ts';
import type { Where } from './where.ts';

export interface ExportPage {
  /**
   * `{"key": ..., "version": ..., "state": ...}` and a newline for each state, with `stateVersion` if it is
   * not 1.
   */
  readonly lines: readonly string[];
  /** Keys without a state: `initial` has failed so far. */
  readonly unbegun: number;
  /** Items of the table that were scanned, including receipts and parked messages. */
  readonly scanned: number;
}

export interface ExportOptions {
  readonly prefix?: string;
  readonly where?: Where;
  readonly signal?: AbortSignal;
}

export async function* exportStates(
  { dynamo, table }: Pick<Deployment, 'dynamo' | 'table'>,
  { prefix = '', where, signal }: ExportOptions = {},
): AsyncGenerator<ExportPage, undefined> {
  let from: Item | undefined;
  do {
    const answer = await dynamo.send(
      new ScanCommand({
        TableName: table,
        FilterExpression: `sk = :state${prefix === '' ? '' : ' AND begins_with(pk, :prefix)'}`,
        ProjectionExpression: 'pk, #format, #version, #state, stateVersion, unbegun',
        ExpressionAttributeNames: { '#format': 'format', '#version': 'version', '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': { S: STATE_SORT_KEY },
          ...(prefix === '' ? {} : { ':prefix': { S: prefix } }),
        },
        // Consistent reads include every commit made before the export began.
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    const states = (answer.Items ?? []).map(rowOf);
    const begun = states.filter(({ state }) => state !== undefined);
    yield {
      lines: begun.filter(({ state = '' }) => where === undefined || where(JSON.parse(state))).map(lineOf),
      unbegun: states.length - begun.length,
      scanned: answer.ScannedCount ?? states.length,
    };
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return undefined;
}

/**
 * Approximate number of items: DynamoDB counts them every six hours. Undefined without the permission to ask.
 */
export async function countItems({
  dynamo,
  table,
}: Pick<Deployment, 'dynamo' | 'table'>): Promise<number | undefined> {
  const answer = await dynamo.send(new DescribeTableCommand({ TableName: table })).catch(() => undefined);
  return answer?.Table?.ItemCount;
}

interface Row {
  readonly key: string;
  readonly version: number;
  readonly stateVersion: number;
  readonly state: string | undefined;
}

function rowOf(item: Item): Row {
  const key = item['pk']?.S ?? '';
  const format = Number(item['format']?.N);
  if (format > ITEM_FORMAT) {
    throw new NewerFormatError(
      `item format ${format} of key ${quoted(key)}, this build knows ${ITEM_FORMAT}`,
    );
  }
  const state = item['state']?.S;
  if (state === undefined && item['unbegun'] === undefined) {
    throw new Error(`the item of key ${quoted(key)} is damaged: it has no state`);
  }
  const stateVersion = Number(item['stateVersion']?.N ?? 1);
  return { key, version: Number(item['version']?.N), stateVersion, state };
}

function lineOf({ key, version, stateVersion, state }: Row): string {
  const shape = stateVersion === 1 ? '' : `,"stateVersion":${stateVersion}`;
  return `{"key":${JSON.stringify(key)},"version":${version}${shape},"state":${state}}\n`;
}
