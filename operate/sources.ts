/**
 * The sources of a pipeline, as its readers share them in the table. They are queried even if the pipeline
 * has none: an empty query costs half a read unit.
 */
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { decodeSource } from '../functions/aws/source-item.ts';
import { EXPIRY, SOURCE_SORT_KEY_PREFIX, SOURCES_PARTITIONS } from '../functions/item-names.ts';
import { pacedBy } from '../functions/reader/gate/adapt.ts';
import type { SharedSource } from '../functions/reader/gate/shared-source.ts';
import { lately } from '../functions/reader/gate/tally.ts';
import type { Deployment } from './deployment.ts';

export interface SourceStatus {
  readonly name: string;
  /** Reads per second; undefined: no limit. */
  readonly rate: number | undefined;
  /** Concurrent reads; undefined: no limit. */
  readonly concurrency: number | undefined;
  /** True if Weir adapts both limits itself. */
  readonly adaptive: boolean;
  /** Reads in progress; undefined if they are not counted. */
  readonly reading: number | undefined;
  /** Reads that the source refused since `since` (epoch ms). */
  readonly refused: number;
  readonly since: number;
  /** Epoch ms; undefined: the source is open. */
  readonly closedUntil: number | undefined;
}

export interface SourcesStatus {
  /** The source that stays closed longest first, then those that refused most. */
  readonly shown: readonly SourceStatus[];
  /** Number of sources; the minimum if `complete` is false. */
  readonly count: number;
  readonly complete: boolean;
}

export const SOURCES_SHOWN_MAX = 20;
const AS_COME = Number.POSITIVE_INFINITY;

export async function listSources(
  deployment: Pick<Deployment, 'dynamo' | 'table'>,
  now: number,
): Promise<SourcesStatus> {
  const pages = await Promise.all(SOURCES_PARTITIONS.map((partition) => pageOf(deployment, partition)));
  const all = pages.flatMap(({ items }) => items).filter((item) => Number(item[EXPIRY]?.N) * 1000 > now);
  const sources = all.map((item) => {
    const name = (item['sk']?.S ?? '').slice(SOURCE_SORT_KEY_PREFIX.length);
    return sourceStatus(name, decodeSource(item), now);
  });
  return mostTelling(
    sources,
    pages.every(({ complete }) => complete),
  );
}

/** The first page of a partition: 1 MB, about a thousand sources. */
async function pageOf({ dynamo, table }: Pick<Deployment, 'dynamo' | 'table'>, partition: string) {
  const { Items = [], LastEvaluatedKey } = await dynamo.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :partition AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: {
        ':partition': { S: partition },
        ':prefix': { S: SOURCE_SORT_KEY_PREFIX },
      },
    }),
  );
  const items: readonly Record<string, AttributeValue>[] = Items;
  return { items, complete: LastEvaluatedKey === undefined };
}

function sourceStatus(name: string, shared: SharedSource, now: number): SourceStatus {
  const { given, found, holders, closedUntil, tally } = shared;
  const adaptive = given.concurrency === 'adaptive';
  const rate = Math.min(given.rate ?? AS_COME, adaptive ? pacedBy(found, now) : AS_COME);
  const held = Object.values(holders).reduce((sum, [slots, until]) => sum + (until > now ? slots : 0), 0);
  return {
    name,
    rate: Number.isFinite(rate) ? rate : undefined,
    concurrency: given.concurrency === 'adaptive' ? Math.floor(found?.limit ?? 1) : given.concurrency,
    adaptive,
    reading: given.concurrency === undefined ? undefined : held,
    ...lately(tally, now),
    closedUntil: closedUntil > now ? closedUntil : undefined,
  };
}

function mostTelling(sources: readonly SourceStatus[], complete: boolean): SourcesStatus {
  const shown = sources.toSorted(
    (a, b) =>
      (b.closedUntil ?? 0) - (a.closedUntil ?? 0) || b.refused - a.refused || (a.name < b.name ? -1 : 1),
  );
  return { shown: shown.slice(0, SOURCES_SHOWN_MAX), count: sources.length, complete };
}
