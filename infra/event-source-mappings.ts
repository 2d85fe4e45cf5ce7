/**
 * The event source mappings of the functions. The CDK's event sources are not used, because they add permissions that are not
 * needed.
 *
 * Concurrency is limited here and not as reserved concurrency, which the pollers ignore: throttled messages would reach the
 * dead-letter queue without an attempt.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
import {
  CfnEventSourceMapping,
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { DEAD_SORT_KEY_PREFIX, OUTPUTS, SORT_KEY, STATE_SORT_KEY, WAKING } from '../functions/item-names.ts';
import type { ComputeSettings, QueueFunctionSettings, StreamFunctionSettings } from './settings/settings.ts';

export function mapQueue(
  scope: Construct,
  id: string,
  target: IFunction,
  queue: IQueue,
  settings: QueueFunctionSettings | ComputeSettings,
): CfnEventSourceMapping {
  const { batchingWindowSeconds, maxConcurrency } = settings;
  const [pollersMin, pollersMax] =
    'pollersMin' in settings ? [settings.pollersMin, settings.pollersMax] : [0, 0];
  const mapping = new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: queue.queueArn,
    batchSize: settings.batchSize,
    ...(batchingWindowSeconds > 0 ? { maxBatchingWindow: Duration.seconds(batchingWindowSeconds) } : {}),
    ...(pollersMin > 0 ? {} : { maxConcurrency }),
    reportBatchItemFailures: true,
  });
  const resource = resourceOf(mapping);
  // The CDK's construct accepts pollers only for Kafka.
  if (pollersMin > 0)
    resource.provisionedPollerConfig = { minimumPollers: pollersMin, maximumPollers: pollersMax };
  return resource;
}

function resourceOf({ node }: EventSourceMapping): CfnEventSourceMapping {
  const resource = node.defaultChild;
  if (resource instanceof CfnEventSourceMapping) return resource;
  throw new Error(`${node.path} has no resource`);
}

export interface StreamOfTable {
  readonly streamArn: string;
  readonly undelivered: IBucket;
  /** Whether commits may ask for schedules. */
  readonly wakes: boolean;
}

export function mapStream(
  scope: Construct,
  id: string,
  target: IFunction,
  settings: StreamFunctionSettings,
  { streamArn, undelivered, wakes }: StreamOfTable,
): CfnEventSourceMapping {
  const mapping = new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: streamArn,
    // LATEST would skip records that are written while the mapping is being made or changed.
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: settings.batchSize,
    parallelizationFactor: settings.parallelizationFactor,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: settings.retryAttempts,
    maxRecordAge: Duration.hours(settings.recordAgeMaxHours),
    // A bucket gets the whole record. A queue or topic would only get its position, and the record is gone after 24 hours.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    supportS3OnFailureDestination: true,
    onFailure: { bind: () => ({ destination: undelivered.bucketArn }) },
    filters: [committedOutputs, deadReadings, ...(wakes ? [committedWakes] : [])].map((pattern) =>
      FilterCriteria.filter(pattern),
    ),
  });
  return resourceOf(mapping);
}

/** With these filters, receipt pages, deletions and commits without outputs or wakes never reach the writer. */
const committedOutputs = {
  dynamodb: {
    NewImage: {
      [SORT_KEY]: { S: FilterRule.isEqual(STATE_SORT_KEY) },
      [OUTPUTS]: { S: FilterRule.exists() },
    },
  },
};
const committedWakes = {
  dynamodb: {
    NewImage: {
      [SORT_KEY]: { S: FilterRule.isEqual(STATE_SORT_KEY) },
      [WAKING]: { S: FilterRule.exists() },
    },
  },
};
const deadReadings = {
  dynamodb: { NewImage: { [SORT_KEY]: { S: FilterRule.beginsWith(DEAD_SORT_KEY_PREFIX) } } },
};
