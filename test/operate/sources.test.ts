import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeSource } from '../../functions/aws/source-item.ts';
import { SOURCES_PARTITIONS, sourcesPartitionOf } from '../../functions/item-names.ts';
import { type Found, NEW_SOURCE, type SharedSource } from '../../functions/reader/gate/shared-source.ts';
import { listSources, SOURCES_SHOWN_MAX } from '../../operate/sources.ts';

const dynamo = mockClient(DynamoDBClient);
const deployment = { dynamo: new DynamoDBClient({}), table: 'states' };
beforeEach(() => {
  dynamo.reset();
});

const NOW = 1_790_000_000_000;

/** Answers as the table would that holds these. */
function holds(sources: Readonly<Record<string, Partial<SharedSource>>>, writtenAt = NOW): void {
  const items = Object.entries(sources).map(([name, own]) => ({
    pk: { S: sourcesPartitionOf(name) },
    sk: { S: `source/${name}` },
    ...encodeSource({ ...NEW_SOURCE, version: 1, ...own }, writtenAt),
  }));
  for (const partition of SOURCES_PARTITIONS) {
    dynamo
      .on(QueryCommand, {
        ExpressionAttributeValues: { ':partition': { S: partition }, ':prefix': { S: 'source/' } },
      })
      .resolves({ Items: items.filter(({ pk }) => pk.S === partition) });
  }
}

const tally = (refused: number) => ({ from: NOW - 60_000, refused, before: 0 });

describe('the status of the sources', () => {
  test('says of each its rate, the reads under way, what it refused and until when it is closed', async () => {
    holds({
      'a.example': {
        given: { rate: 20, concurrency: 6 },
        holders: { x: [3, NOW + 900], dead: [2, NOW - 1] },
        tally: tally(0),
      },
      'b.example': { closedUntil: NOW + 60_000, tally: tally(4) },
    });
    expect(await listSources(deployment, NOW)).toEqual({
      shown: [
        {
          ...{
            name: 'b.example',
            rate: undefined,
            concurrency: undefined,
            adaptive: false,
            reading: undefined,
          },
          ...{ refused: 4, since: NOW - 60_000, closedUntil: NOW + 60_000 },
        },
        {
          ...{ name: 'a.example', rate: 20, concurrency: 6, adaptive: false, reading: 3 },
          ...{ refused: 0, since: NOW - 60_000, closedUntil: undefined },
        },
      ],
      count: 2,
      complete: true,
    });
  });

  test('has the rate and the concurrency that were found of an adaptive one', async () => {
    const found: Found = {
      ...{
        since: NOW - 90_000,
        limit: 7.6,
        heardAt: NOW,
        grows: 'slowly',
        baseMs: 80,
        rate: 19.4,
        cuts: 0,
        holdMs: 60_000,
      },
      ...{
        refusedAt: NOW - 1_000,
        doneSince: 20,
        closedMs: 0,
        proven: 19,
        flow: 19,
        recent: { done: 0, meanMs: 0 },
      },
      window: { from: NOW, done: 0, ms: 0, timedOut: 0 },
    };
    holds({ a: { given: { concurrency: 'adaptive' }, found } });
    const { shown } = await listSources(deployment, NOW);
    expect(shown).toMatchObject([{ adaptive: true, rate: 19.4, concurrency: 7 }]);
  });

  test('of ten thousand shows the most important ones, and the number of all', async () => {
    const names = Array.from({ length: 10_000 }, (_, n) => `shop-${n}`);
    holds({ ...Object.fromEntries(names.map((name) => [name, {}])), late: { closedUntil: NOW + 5 } });
    const { shown, count } = await listSources(deployment, NOW);
    expect([shown.length, count, shown[0]?.name]).toEqual([SOURCES_SHOWN_MAX, 10_001, 'late']);
  });

  test('leaves out unused sources, even if the table has not removed them yet', async () => {
    holds({ old: {} }, NOW - 3 * 86_400_000);
    expect(await listSources(deployment, NOW)).toMatchObject({ shown: [], count: 0 });
  });
});
