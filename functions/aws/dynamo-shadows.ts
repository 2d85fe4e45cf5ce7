/**
 * The comparisons of shadows (functions/compute/shadow/) in DynamoDB: one item per key, beside its state. The item holds values
 * of states, so a forget deletes it, and it expires 14 days after the last comparison.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { ShadowFinding } from '../compute/shadow/findings.ts';
import type { ShadowItem, ShadowStore } from '../compute/shadow/shadow-item.ts';
import { EXPIRY, PARTITION_KEY, SHADOW_SORT_KEY, SORT_KEY } from '../item-names.ts';
import { numberAttribute, numberOf, present, stringOf } from './attribute-values.ts';
import type { Item } from './dynamo-items.ts';

const KEPT_SECONDS = 14 * 86_400;

export function createShadowStore(client: DynamoDBClient, tableName: string): ShadowStore {
  return {
    async load(key) {
      const Key: Item = { [PARTITION_KEY]: { S: key }, [SORT_KEY]: { S: SHADOW_SORT_KEY } };
      const command = new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && decodeShadow(Item);
    },
    async put(next, base) {
      await client.send(new PutItemCommand(putOf(tableName, next, base)));
    },
  };
}

function putOf(TableName: string, next: ShadowItem, base: ShadowItem | undefined) {
  const common = { TableName, Item: encodeShadow(next) };
  if (base === undefined) return { ...common, ConditionExpression: `attribute_not_exists(${PARTITION_KEY})` };
  return {
    ...common,
    ConditionExpression: 'lineage = :lineage AND code = :code AND version = :version',
    ExpressionAttributeValues: {
      ':lineage': { S: base.lineage },
      ':code': { S: base.code },
      ':version': numberAttribute(base.version),
    },
  };
}

export function encodeShadow(item: ShadowItem): Item {
  const { findings, trouble } = item;
  return present({
    [PARTITION_KEY]: { S: item.key },
    [SORT_KEY]: { S: SHADOW_SORT_KEY },
    lineage: { S: item.lineage },
    code: { S: item.code },
    ...Object.fromEntries(NUMBERS.map((name) => [name, numberAttribute(rounded(item[name]))])),
    findings: findings.length === 0 ? undefined : { S: JSON.stringify(findings) },
    trouble: trouble && { S: JSON.stringify(trouble) },
    [EXPIRY]: numberAttribute(Math.ceil(item.sentAt / 1000) + KEPT_SECONDS),
  });
}

const NUMBERS = [
  'version',
  'since',
  'sentAt',
  'commits',
  'missed',
  'readings',
  'different',
  'threw',
  'slow',
  'realMs',
  'shadowMs',
] as const;

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

export function decodeShadow(item: Item): ShadowItem {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, numberOf(item, name, 0)]));
  return {
    key: stringOf(item, PARTITION_KEY),
    lineage: stringOf(item, 'lineage'),
    code: stringOf(item, 'code'),
    // NUMBERS are their names; encodeShadow wrote the others.
    ...(numbers as Numbers),
    findings: JSON.parse(item['findings']?.S ?? '[]') as readonly ShadowFinding[],
    trouble:
      item['trouble']?.S === undefined ? undefined : (JSON.parse(item['trouble'].S) as ShadowItem['trouble']),
  };
}

type Numbers = Pick<ShadowItem, (typeof NUMBERS)[number]>;
