/**
 * Brings quiet keys to the newest version of their state. This code writes no state: it sends an operator's
 * word to each key with an older version, in the key's group, and the compute function migrates it as usual.
 * An interrupted run can simply be repeated: migrated keys are no longer found.
 */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../functions/aws/clock.ts';
import { createOutbox } from '../functions/aws/sqs.ts';
import { migrateMessage } from '../functions/commands.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Deployment } from './deployment.ts';

export interface Behind {
  readonly key: string;
  readonly stateVersion: number;
}

/** A page of the table: the keys with an older version, and the number of items scanned. */
export interface BehindPage {
  readonly keys: readonly Behind[];
  readonly scanned: number;
}

/** Keys whose state has a version below `to`. */
export async function* keysBehind(
  { dynamo, table }: Pick<Deployment, 'dynamo' | 'table'>,
  to: number,
  signal: AbortSignal,
): AsyncGenerator<BehindPage, undefined> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const answer = await dynamo.send(
      new ScanCommand({
        TableName: table,
        FilterExpression:
          'sk = :sk AND attribute_exists(#state) AND (attribute_not_exists(stateVersion) OR stateVersion < :to)',
        ProjectionExpression: 'pk, stateVersion',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':sk': { S: STATE_SORT_KEY }, ':to': { N: String(to) } },
        ConsistentRead: true,
        ExclusiveStartKey: from,
      }),
      { abortSignal: signal },
    );
    const items = answer.Items ?? [];
    const keys = items.map((item) => ({
      key: item['pk']?.S ?? '',
      stateVersion: Number(item['stateVersion']?.N ?? 1),
    }));
    yield { keys, scanned: answer.ScannedCount ?? items.length };
    from = answer.LastEvaluatedKey;
  } while (from !== undefined);
  return undefined;
}

/** The keys that have a state, by its version; lowest version first. One scan of the table. */
export async function countByStateVersion(
  deployment: Pick<Deployment, 'dynamo' | 'table'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<number, number>> {
  const counts = new Map<number, number>();
  for await (const { keys } of keysBehind(deployment, Number.MAX_SAFE_INTEGER, signal))
    for (const { stateVersion } of keys) counts.set(stateVersion, (counts.get(stateVersion) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

export interface TouchOptions {
  readonly to: number;
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

export interface Touched {
  /** Items of the table that were scanned, and keys that were touched, since the previous page. */
  readonly scanned: number;
  readonly touched: number;
  /** Reasons why SQS refused messages, each once; the next run finds those keys again. */
  readonly refused: readonly string[];
}

/** Touches every key with an older version, at most `perSecond` keys per second. Reports after each batch. */
export async function* touchBehind(
  deployment: Deployment,
  { to, perSecond, signal }: TouchOptions,
): AsyncGenerator<Touched, undefined> {
  const outbox = createOutbox(deployment.sqs, deployment.readingsQueue);
  // Each run uses its own deduplication ids: SQS drops ids that it saw within five minutes, but a key may
  // have an older version again.
  const run = `migrate/${to}/${Math.floor(systemClock.now())}`;
  for await (const { keys, scanned } of keysBehind(deployment, to, signal)) {
    yield { scanned, touched: 0, refused: [] };
    for (let at = 0; at < keys.length; at += SQS_BATCH_ENTRIES_MAX) {
      if (signal.aborted) return undefined;
      const start = systemClock.now();
      const batch = keys.slice(at, at + SQS_BATCH_ENTRIES_MAX).map(({ key }) => migrateMessage(key, run));
      const failures = (await outbox.sendBatch(batch)).flatMap((failure) => failure ?? []);
      const refused = [...new Set(failures.map(({ reason }) => reason))];
      yield { scanned: 0, touched: batch.length - failures.length, refused };
      const leftMs = (batch.length / perSecond) * 1000 - (systemClock.now() - start);
      await systemClock.sleep(Math.max(0, leftMs), signal);
    }
  }
  return undefined;
}
