/**
 * The keys of a deployment and everything kept of them. One key is a strongly consistent read. All keys are a
 * scan of the whole table, including pages of receipts and parked messages, so a scan has a limit and reports
 * when it reached it.
 */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createStateStore } from '../functions/aws/dynamo-state-store.ts';
import { decodeNext, decodeWaiting } from '../functions/aws/json-attributes.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { isRecord } from '../functions/json.ts';
import { type Counts, type KeyItem, stateOf } from '../functions/state.ts';
import type { StateStore } from '../functions/state-store.ts';
import { OperatorError } from '../model/operator-error.ts';
import type { Deployment } from './deployment.ts';
import { type WaitingKey, waitingOf } from './waiting.ts';
import type { Where } from './where.ts';

export interface KeySummary {
  readonly key: string;
  readonly version: number;
  readonly counts: Counts;
  readonly parked: number;
  /** Why the key is stopped; undefined if it is not. */
  readonly stopped: string | undefined;
  /** The place that the key waits for, in request order. */
  readonly waiting: WaitingKey | undefined;
}

export interface KeyList {
  readonly keys: readonly KeySummary[];
  /** False: the limit was reached, and there may be more keys. */
  readonly complete: boolean;
}

export interface KeyListOptions {
  /** Most keys to return. */
  readonly limit?: number;
  readonly prefix?: string;
  /** Only keys that are stopped or have parked messages. */
  readonly inTrouble?: boolean;
  /** Only keys whose state meets the condition. DynamoDB cannot evaluate it, so all states are read. */
  readonly where?: Where;
  /** Most pages of 1 MB to read. */
  readonly pages?: number;
  readonly signal?: AbortSignal;
}

export interface KeyState {
  readonly item: KeyItem;
  readonly state: unknown;
  /** Number of receipts in the item and in its pages. */
  readonly receipts: number;
}

export function storeOf({ dynamo, table }: Deployment): StateStore {
  return createStateStore(dynamo, table);
}

export async function loadKey(deployment: Deployment, key: string): Promise<KeyState> {
  const item = await loadItem(deployment, key);
  const pages = await storeOf(deployment).pages(key, item.lineage, {
    after: 0,
    upTo: item.pages,
    since: 0,
  });
  const paged = pages.reduce((sum, { receipts }) => sum + receipts.length, 0);
  return { item, state: stateOf(item), receipts: item.receipts.length + paged };
}

export async function loadItem(deployment: Deployment, key: string): Promise<KeyItem> {
  const item = key === '' ? undefined : await storeOf(deployment).load(key);
  if (item !== undefined) return item;
  throw new OperatorError(
    `${deployment.name} has no key ${JSON.stringify(key)}: no reading of it was ever committed; "weir keys" lists those ` +
      'that there are',
  );
}

export async function listKeys(
  deployment: Pick<Deployment, 'dynamo' | 'table'>,
  options: KeyListOptions = {},
): Promise<KeyList> {
  const { limit = Number.POSITIVE_INFINITY, pages = Number.POSITIVE_INFINITY, signal } = options;
  const keys: KeySummary[] = [];
  let from: Record<string, AttributeValue> | undefined;
  for (let page = 1; page <= pages; page += 1) {
    const answer = await deployment.dynamo.send(
      new ScanCommand({ ...scanOf(deployment.table, options), ...(from && { ExclusiveStartKey: from }) }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    keys.push(...(answer.Items ?? []).filter((item) => fulfils(item, options.where)).map(summaryOf));
    from = answer.LastEvaluatedKey;
    if (keys.length > limit) return { keys: keys.slice(0, limit), complete: false };
    if (from === undefined) return { keys, complete: true };
  }
  return { keys, complete: false };
}

function fulfils(item: Record<string, AttributeValue>, where: Where | undefined): boolean {
  if (where === undefined) return true;
  const state = item['state']?.S;
  return state !== undefined && where(JSON.parse(state));
}

function scanOf(TableName: string, { prefix = '', inTrouble = false, where }: KeyListOptions) {
  const conditions = [
    'sk = :state',
    ...(prefix === '' ? [] : ['begins_with(pk, :prefix)']),
    ...(inTrouble ? ['(attribute_exists(stopped) OR attribute_exists(parked))'] : []),
  ];
  return {
    TableName,
    FilterExpression: conditions.join(' AND '),
    ProjectionExpression: `pk, #version, applied, skipped, dead, parked, stopped, #next, waiting${where === undefined ? '' : ', #state'}`,
    ExpressionAttributeNames: {
      '#version': 'version',
      '#next': 'next',
      ...(where === undefined ? {} : { '#state': 'state' }),
    },
    ExpressionAttributeValues: {
      ':state': { S: STATE_SORT_KEY },
      ...(prefix === '' ? {} : { ':prefix': { S: prefix } }),
    },
  };
}

function summaryOf(item: Record<string, AttributeValue>): KeySummary {
  const count = (name: string) => Number(item[name]?.N ?? 0);
  const stopped: unknown = JSON.parse(item['stopped']?.S ?? 'null');
  return {
    key: item['pk']?.S ?? '',
    version: count('version'),
    counts: { applied: count('applied'), skipped: count('skipped'), dead: count('dead') },
    parked: count('parked'),
    stopped: isRecord(stopped) ? String(stopped['reason']) : undefined,
    waiting: waitingOf({
      next: decodeNext(item['next']?.S),
      ...decodeWaiting(item['waiting']?.S),
    }),
  };
}
