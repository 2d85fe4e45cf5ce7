/**
 * Brings quiet keys to the newest version of their state. Nothing is written here: each key that is behind is touched by a
 * word in its own group, and the compute function migrates it where it migrates all others. So a run that was broken off
 * goes on where it was: what is migrated is not found any more.
 */
import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import { systemClock } from '../functions/aws/clock.ts';
import { createOutbox } from '../functions/aws/sqs.ts';
import { STATE_SORT_KEY } from '../functions/item-names.ts';
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import { migrateMessage } from '../functions/readings.ts';
import type { Deployment } from './deployment.ts';

export interface Behind {
  readonly key: string;
  readonly stateVersion: number;
}

/** A page of the table: what is behind in it, and how many items were looked at. */
export interface BehindPage {
  readonly keys: readonly Behind[];
  readonly scanned: number;
}

/** Keys with a state of a version below `to`. */
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

export interface TouchOptions {
  readonly to: number;
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

export interface Touched {
  /** Items of the table that were looked at, and keys that were touched, since the page before. */
  readonly scanned: number;
  readonly touched: number;
  /** What SQS did not take, each reason once: those keys are found again by the next run. */
  readonly refused: readonly string[];
}

/** Touches every key that is behind, at no more than that rate. Says after each batch what it did. */
export async function* touchBehind(
  deployment: Deployment,
  { to, perSecond, signal }: TouchOptions,
): AsyncGenerator<Touched, undefined> {
  const outbox = createOutbox(deployment.sqs, deployment.readingsQueue);
  // A later run is another word: SQS drops what it saw within five minutes, and the key may have been behind after it.
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
