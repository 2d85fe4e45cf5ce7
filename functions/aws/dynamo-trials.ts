/** The marks of trials (functions/compute/trial.ts) in DynamoDB: one item per key, beside its state, with an expiry. */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { TrialStore } from '../compute/trial.ts';
import { EXPIRY, PARTITION_KEY, SORT_KEY, TRIAL_SORT_KEY } from '../item-names.ts';
import { expiry } from './attribute-values.ts';
import type { Item } from './dynamo-items.ts';

export function createTrialStore(client: DynamoDBClient, tableName: string): TrialStore {
  const keyOf = (key: string): Item => ({ [PARTITION_KEY]: { S: key }, [SORT_KEY]: { S: TRIAL_SORT_KEY } });
  return {
    async load(key) {
      const command = new GetItemCommand({ TableName: tableName, Key: keyOf(key), ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && decode(Item);
    },
    async note(key, { deaths, place, deathsAtPlace, slow, upTo, until }, sentAt) {
      const Item = {
        ...keyOf(key),
        deaths: { N: String(deaths) },
        place: { S: place },
        upTo: { S: upTo },
        deathsAtPlace: { N: String(deathsAtPlace) },
        slow: { N: slow ? '1' : '0' },
        until: { N: String(until) },
        [EXPIRY]: { N: String(expiry(sentAt)) },
      };
      await client.send(new PutItemCommand({ TableName: tableName, Item }));
    },
    async clear(key) {
      await client.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(key) }));
    },
  };
}

/** A field that another build's mark lacks counts as 0 or ''. Marks decide the order of trials, never a state. */
function decode(item: Item) {
  const numberOf = (name: string) => Number(item[name]?.N ?? 0);
  return {
    deaths: numberOf('deaths'),
    place: item['place']?.S ?? '',
    upTo: item['upTo']?.S ?? '',
    deathsAtPlace: numberOf('deathsAtPlace'),
    slow: numberOf('slow') === 1,
    until: numberOf('until'),
  };
}
