import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Item } from '../../../functions/aws/dynamo-items.ts';
import { createAttemptStore, createSourceStore } from '../../../functions/aws/dynamo-sources.ts';
import { decodeSource, encodeSource } from '../../../functions/aws/source-item.ts';
import { parseStreamEvent } from '../../../functions/aws/stream-records.ts';
import { SOURCES_PARTITIONS, STATE_SORT_KEY, sourcesPartitionOf } from '../../../functions/item-names.ts';
import { NEW_SOURCE, type SharedSource } from '../../../functions/reader/gate/shared-source.ts';

const dynamo = mockClient(DynamoDBClient);
const client = new DynamoDBClient({});
const store = createSourceStore(client, 'table');
const attempts = createAttemptStore(client, 'table');
beforeEach(() => {
  dynamo.reset();
});

const NOW = 1_790_000_000_000;
const source: SharedSource = {
  version: 8,
  next: NOW + 50.5,
  booked: NOW + 900,
  backfill: { next: NOW + 250, booked: NOW + 9_000 },
  closedUntil: NOW + 60_000,
  probedUntil: 0,
  closedAt: NOW - 10,
  closedBefore: 3,
  served: 4,
  refusals: 2,
  holders: { abc: [3, NOW + 3_000] },
  found: {
    since: NOW - 5_000,
    limit: 4.5,
    heardAt: NOW - 20,
    grows: 'slowly',
    baseMs: 80,
    rate: 19.5,
    cuts: 1,
    holdMs: 4_000,
    refusedAt: NOW,
    doneSince: 3,
    closedMs: 250,
    proven: 18.5,
    window: { from: NOW, done: 1, ms: 80, timedOut: 0 },
    flow: 18,
    recent: { done: 4, meanMs: 81.5 },
  },
  given: { rate: 40, concurrency: 'adaptive' },
  tally: { from: NOW - 60_000, refused: 2, before: 7 },
};
const keyOf = (name: string) => ({ pk: { S: sourcesPartitionOf(name) }, sk: { S: `source/${name}` } });
const itemOf = (shared: SharedSource) => ({ ...keyOf('api'), ...encodeSource(shared, NOW) });

describe('the item of a source', () => {
  test('comes back as it was written', () => {
    expect(decodeSource(encodeSource(source, NOW))).toEqual(source);
    expect(decodeSource(encodeSource(NEW_SOURCE, NOW))).toEqual(NEW_SOURCE);
  });

  test.each<Item>([
    {},
    { shared: { S: '{' } },
    { shared: { S: '[]' } },
    { shared: { S: '{"next":"x","holders":{"a":7}}' } },
  ])('that cannot be read counts as unknown: %o', (item) => {
    expect(decodeSource({ ...item, version: { N: '3' } })).toMatchObject({
      version: 3,
      next: 0,
      holders: {},
    });
  });

  test('that an older build wrote, without a proven rate, is read with all its other values', () => {
    const { shared, ...rest } = encodeSource(source, NOW);
    const older = { ...rest, shared: { S: shared?.S?.replace('"proven":18.5,', '') ?? '' } };
    expect(older.shared.S).not.toContain('proven');
    expect(decodeSource(older)).toEqual({ ...source, found: source.found && { ...source.found, proven: 0 } });
  });

  test('is written if no one else wrote it; otherwise the stored item is returned', async () => {
    dynamo.on(PutItemCommand).resolvesOnce({});
    expect(await store.swap('api', source, NOW)).toBe('swapped');
    expect(dynamo).toHaveReceivedCommandWith(PutItemCommand, {
      ConditionExpression: 'version = :version',
      ExpressionAttributeValues: { ':version': { N: '7' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const failed = (Item?: object) =>
      new ConditionalCheckFailedException({
        $metadata: {},
        message: 'no',
        ...(Item && { Item: Item as never }),
      });
    dynamo.reset();
    dynamo
      .on(PutItemCommand)
      .rejectsOnce(failed(itemOf({ ...source, version: 11 })))
      .rejects(failed());
    expect(await store.swap('api', source, NOW)).toMatchObject({ version: 11 });
    expect(await store.swap('api', source, NOW)).toEqual(NEW_SOURCE);
  });

  test('of a new source is written only if it is still unknown', async () => {
    dynamo.on(PutItemCommand).resolves({});
    await store.swap('api', { ...NEW_SOURCE, version: 1 }, NOW);
    expect(dynamo).toHaveReceivedCommandWith(PutItemCommand, {
      ConditionExpression: 'attribute_not_exists(pk)',
    });
  });

  test('expires a day after its last use, and not before its source opens', () => {
    expect(Number(encodeSource({ ...source, closedUntil: 0 }, NOW)['expires']?.N)).toBe(NOW / 1000 + 86_400);
    expect(Number(encodeSource(source, NOW)['expires']?.N)).toBe(NOW / 1000 + 60 + 86_400);
  });

  test('is read strongly consistent', async () => {
    dynamo.on(GetItemCommand).resolves({ Item: itemOf(source) });
    expect(await store.load('api')).toEqual(source);
    expect(dynamo).toHaveReceivedCommandWith(GetItemCommand, { Key: keyOf('api'), ConsistentRead: true });
  });

  test('is never taken for the item of a key, whatever the key is called, and has no output for the writer', () => {
    for (const name of ['state', 'dead/1', 'trial', 'api.example.com']) {
      const NewImage = { ...keyOf(name), ...encodeSource(source, NOW) };
      expect(NewImage.sk.S).not.toBe(STATE_SORT_KEY);
      expect(NewImage.sk.S).toMatch(/^source\//);
      expect(SOURCES_PARTITIONS).toContain(NewImage.pk.S);
      expect(parseStreamEvent({ Records: [{ dynamodb: { SequenceNumber: '1', NewImage } }] })).toEqual([]);
    }
  });
});

describe('attempts at a request', () => {
  test('are counted by its message, for as long as the queue may hold it', async () => {
    const Key = { pk: { S: '~weir/request/m1' }, sk: { S: 'attempts' } };
    dynamo.on(GetItemCommand).resolves({});
    dynamo.on(PutItemCommand).resolves({});
    expect(await attempts.load('m1')).toBe(0);
    expect(await attempts.add('m1', 1, NOW)).toBe(1);
    const expires = { N: String(NOW / 1000 + 15 * 86_400) };
    expect(dynamo).toHaveReceivedCommandWith(PutItemCommand, {
      Item: { ...Key, attempts: { N: '1' }, expires },
    });
    dynamo.on(GetItemCommand).resolves({ Item: { ...Key, attempts: { N: '6' } } });
    expect(await attempts.add('m1', -1, NOW)).toBe(5);
    expect(dynamo).toHaveReceivedCommandWith(GetItemCommand, { Key, ConsistentRead: true });
  });
});
