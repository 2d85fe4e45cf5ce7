/**
 * The backfill lane: a second requests queue, and a second mapping of the same reader with a maximum concurrency of its own.
 * Both lanes use the same dead-letter queue, where an attribute names the lane (functions/reader/lanes.ts).
 */
import type { CfnEventSourceMapping, IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { mapQueue } from './event-source-mappings.ts';
import { addQueueBeside, type Keeping, type QueuePair } from './pipeline-queue.ts';
import type { Settings } from './settings/settings.ts';

export function addBackfillQueue(
  scope: Construct,
  requests: QueuePair,
  settings: Settings,
  keeping: Keeping,
): Queue {
  return addQueueBeside(requests, scope, 'Backfill', settings.requests, keeping);
}

export function mapBackfill(
  scope: Construct,
  reader: IFunction,
  queue: Queue,
  { reader: settings, backfill }: Settings,
): CfnEventSourceMapping {
  return mapQueue(scope, 'BackfillMapping', reader, queue, {
    ...settings,
    ...backfill,
  });
}
