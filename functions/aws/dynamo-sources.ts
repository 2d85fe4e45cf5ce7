/**
 * The items that readers share, in the table of states: one per source, and one per request whose attempts are counted. No key
 * of the user conflicts with them, because no item of a key has these sort keys. Both kinds expire.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  ATTEMPTS_PARTITION_PREFIX,
  ATTEMPTS_SORT_KEY,
  EXPIRY,
  PARTITION_KEY,
  SORT_KEY,
  SOURCE_SORT_KEY_PREFIX,
  sourcesPartitionOf,
} from '../item-names.ts';
import { RETENTION_DAYS } from '../limits.ts';
import type { AttemptStore } from '../reader/attempts.ts';
import type { SourceStore } from '../reader/gate/gate-ports.ts';
import { NEW_SOURCE } from '../reader/gate/shared-source.ts';
import type { Item } from './dynamo-items.ts';
import { decodeSource, encodeSource } from './source-item.ts';

const DAY_SECONDS = 86_400;

export function createSourceStore(client: DynamoDBClient, tableName: string): SourceStore {
  const keyOf = (source: string): Item => ({
    [PARTITION_KEY]: { S: sourcesPartitionOf(source) },
    [SORT_KEY]: { S: `${SOURCE_SORT_KEY_PREFIX}${source}` },
  });
  return {
    async load(source) {
      const command = new GetItemCommand({ TableName: tableName, Key: keyOf(source), ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && decodeSource(Item);
    },
    async swap(source, after, now) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: tableName,
            Item: { ...keyOf(source), ...encodeSource(after, now) },
            // Costs nothing, and the next attempt needs no read.
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            ...(after.version === 1
              ? { ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` }
              : {
                  ConditionExpression: 'version = :version',
                  ExpressionAttributeValues: { ':version': { N: String(after.version - 1) } },
                }),
          }),
        );
        return 'swapped';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return error.Item === undefined ? NEW_SOURCE : decodeSource(error.Item);
      }
    },
  };
}

export function createAttemptStore(client: DynamoDBClient, tableName: string): AttemptStore {
  const keyOf = (messageId: string): Item => ({
    [PARTITION_KEY]: { S: `${ATTEMPTS_PARTITION_PREFIX}${messageId}` },
    [SORT_KEY]: { S: ATTEMPTS_SORT_KEY },
  });
  const load = async (messageId: string): Promise<number> => {
    const command = new GetItemCommand({ TableName: tableName, Key: keyOf(messageId), ConsistentRead: true });
    const { Item } = await client.send(command);
    return Number(Item?.['attempts']?.N ?? 0);
  };
  return {
    load,
    // Needs no condition: while its message is invisible, only one environment handles a request.
    async add(messageId, more, sentAt) {
      const attempts = Math.max(0, (await load(messageId)) + more);
      const Item = {
        ...keyOf(messageId),
        attempts: { N: String(attempts) },
        [EXPIRY]: { N: String(Math.ceil(sentAt / 1000) + (RETENTION_DAYS + 1) * DAY_SECONDS) },
      };
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
      return attempts;
    },
  };
}
