/** The state store on DynamoDB. */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GiveBackError } from '../errors.ts';
import {
  DEAD_SORT_KEY_PREFIX,
  PARTITION_KEY,
  SHADOW_SORT_KEY,
  SORT_KEY,
  STATE_SORT_KEY,
} from '../item-names.ts';
import type { KeyItem } from '../state.ts';
import {
  type Commit,
  type CommitResult,
  type PageRange,
  pageIsTaken,
  type ReceiptsPage,
  type StateStore,
} from '../state-store.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { decodeItem, encodeItem, type Item } from './dynamo-items.ts';
import { endpointOf } from './endpoints.ts';
import { lean, once } from './lean-client.ts';
import { decodePage, encodePage, pageSortKey } from './receipt-pages.ts';
import { rehearse } from './rehearse.ts';
import { decodeDead, decodeParked, encodeDead, encodeParked, parkedSortKey } from './set-aside-items.ts';

export function createDynamoClient(): DynamoDBClient {
  const client = new DynamoDBClient(CLIENT_SETTINGS);
  lean(client.middlewareStack, client.config, {
    service: 'dynamodb',
    wire: {
      target: 'DynamoDB_20120810',
      headers: {},
      binary: true,
      errors: { ConditionalCheckFailedException, TransactionCanceledException, TransactionConflictException },
      otherError: DynamoDBServiceException,
    },
    placeOf: once(() => endpointOf('dynamodb', client.config)),
    // Lambda detects no loops through DynamoDB: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    without: ['loggerMiddleware', 'getUserAgentMiddleware', 'recursionDetectionMiddleware'],
  });
  return client;
}

export function rehearseLoad(client: DynamoDBClient, tableName: string): Promise<void> {
  return rehearse((abortSignal) => client.send(loadOf(tableName, 'none'), { abortSignal }));
}

/** Strongly consistent: a fold of an older copy would only conflict, and an older copy cannot prove a redelivery. */
function loadOf(tableName: string, key: string): GetItemCommand {
  return new GetItemCommand({
    TableName: tableName,
    Key: { [PARTITION_KEY]: { S: key }, [SORT_KEY]: { S: STATE_SORT_KEY } },
    ConsistentRead: true,
  });
}

export function createStateStore(client: DynamoDBClient, tableName: string): StateStore {
  async function load(key: string): Promise<KeyItem | undefined> {
    const answer = await client.send(loadOf(tableName, key));
    return answer.Item === undefined ? undefined : decodeItem(answer.Item);
  }

  return {
    load,
    async commit(commit) {
      if (commit.page !== undefined) await putPage(client, tableName, commit.page);
      try {
        const { dead, park, unpark, undead = [] } = commit;
        const others = dead.length + park.length + unpark.length + undead.length;
        if (others === 0 && !isForget(commit))
          await client.send(new PutItemCommand(conditionalPut(tableName, commit)));
        else
          await client.send(new TransactWriteItemsCommand({ TransactItems: transaction(tableName, commit) }));
        return { outcome: 'committed' };
      } catch (error) {
        return conflict(error, () => load(commit.next.key));
      }
    },
    pages: (key, lineage, range) => loadPages(client, tableName, key, lineage, range),
    async parked(key, lineage, from, limit) {
      const last = parkedSortKey(lineage, '~'); // Sorts after every place, because places begin with digits.
      const query = itemsBetween(tableName, key, parkedSortKey(lineage, from), last);
      const answer = await client.send(new QueryCommand({ ...query, Limit: limit }));
      return (answer.Items ?? []).map(decodeParked);
    },
    async deadCopies(key, limit) {
      const last = `${DEAD_SORT_KEY_PREFIX}~`; // Sorts after every id, because ids have only letters, digits and hyphens.
      const query = itemsBetween(tableName, key, DEAD_SORT_KEY_PREFIX, last);
      const answer = await client.send(new QueryCommand({ ...query, Limit: limit }));
      return {
        copies: (answer.Items ?? []).map(decodeDead),
        complete: answer.LastEvaluatedKey === undefined,
      };
    },
    async bury(dead) {
      await client.send(new PutItemCommand({ TableName: tableName, Item: encodeDead(dead) }));
    },
  };
}

/** A query for the items of a key whose sort keys are between the two, inclusive. */
function itemsBetween(tableName: string, key: string, first: string, last: string) {
  return {
    TableName: tableName,
    KeyConditionExpression: `${PARTITION_KEY} = :key AND ${SORT_KEY} BETWEEN :first AND :last`,
    ExpressionAttributeValues: { ':key': { S: key }, ':first': { S: first }, ':last': { S: last } },
    ConsistentRead: true,
  };
}

/** Two environments that move the receipts of the same item write the same page. A page with other receipts is kept. */
async function putPage(client: DynamoDBClient, tableName: string, page: ReceiptsPage): Promise<void> {
  const Item = encodePage(page);
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item,
        ConditionExpression: `${IS_NEW} OR receipts = :receipts`,
        ExpressionAttributeValues: { ':receipts': Item['receipts'] ?? { B: new Uint8Array() } },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    throw new GiveBackError(pageIsTaken(page.page));
  }
}

const IS_NEW = `attribute_not_exists(${PARTITION_KEY})`;
const IS_THE_BASE = 'lineage = :lineage AND version = :version';

function conditionalPut(tableName: string, { base, next }: Commit) {
  return {
    TableName: tableName,
    Item: encodeItem(next),
    // Costs nothing, and the retry needs no read.
    // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...(base === undefined
      ? { ConditionExpression: IS_NEW }
      : {
          ConditionExpression: IS_THE_BASE,
          ExpressionAttributeValues: {
            ':lineage': { S: base.lineage },
            ':version': { N: String(base.version) },
          },
        }),
  };
}

/** All writes of a commit that sets aside or parks. Such commits are rare, so a transaction's double price matters little. */
function transaction(tableName: string, commit: Commit) {
  const { key, lineage } = commit.next;
  const parked = commit.park.map((one) => encodeParked(key, lineage, one));
  const deleted = [
    ...commit.unpark.map((place) => parkedSortKey(lineage, place)),
    ...(commit.undead ?? []).map((id) => DEAD_SORT_KEY_PREFIX + id),
    ...(isForget(commit) ? [SHADOW_SORT_KEY] : []),
  ].map((sortKey) => ({ [PARTITION_KEY]: { S: key }, [SORT_KEY]: { S: sortKey } }));
  return [
    { Put: conditionalPut(tableName, commit) },
    ...commit.dead.map(encodeDead).map((Item) => ({ Put: { TableName: tableName, Item } })),
    // A message at a place that is taken would be counted twice.
    ...parked.map((Item) => ({ Put: { TableName: tableName, Item, ConditionExpression: IS_NEW } })),
    ...deleted.map((Key) => ({ Delete: { TableName: tableName, Key } })),
  ];
}

/** A forget also deletes the shadow's item, which holds values of the state. */
function isForget({ next: { forgotten, version } }: Commit): boolean {
  return forgotten?.version === version;
}

/** Returns a failed condition as a result. Throws every other error. */
async function conflict(error: unknown, load: () => Promise<KeyItem | undefined>): Promise<CommitResult> {
  if (error instanceof ConditionalCheckFailedException) return conflictWith(error.Item);
  if (error instanceof TransactionConflictException) return { outcome: 'conflict', current: await load() };
  if (error instanceof TransactionCanceledException) {
    const reasons = error.CancellationReasons ?? [];
    if (reasons[0]?.Code === 'ConditionalCheckFailed') return conflictWith(reasons[0].Item);
    if (reasons.some(({ Code }) => Code === 'TransactionConflict' || Code === 'ConditionalCheckFailed')) {
      return { outcome: 'conflict', current: await load() };
    }
  }
  throw error;
}

function conflictWith(item: Item | undefined): CommitResult {
  return { outcome: 'conflict', current: item === undefined ? undefined : decodeItem(item) };
}

async function loadPages(
  client: DynamoDBClient,
  tableName: string,
  key: string,
  lineage: string,
  { after, upTo, since }: PageRange,
): Promise<ReceiptsPage[]> {
  const pages: ReceiptsPage[] = [];
  if (upTo <= after) return pages; // DynamoDB refuses an empty range.
  let from: Item | undefined;
  do {
    const query = itemsBetween(tableName, key, pageSortKey(lineage, after + 1), pageSortKey(lineage, upTo));
    const answer = await client.send(
      new QueryCommand({ ...query, ScanIndexForward: false, ExclusiveStartKey: from }),
    );
    for (const item of answer.Items ?? []) {
      const page = decodePage(item);
      if (page.sentAt < since) return pages;
      pages.push(page);
    }
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return pages;
}
