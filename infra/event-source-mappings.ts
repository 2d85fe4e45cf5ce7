/**
 * What brings messages and stream records to the functions, written out by hand: the CDK's event sources would add
 * grants to the roles that nobody asked for.
 *
 * Limits on concurrency are set here and not as reserved concurrency: the pollers do not see that, and throttled
 * messages would drift to the dead-letter queue without having been tried.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
import {
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
import type { QueueFunctionSettings, StreamFunctionSettings } from './settings.ts';

export function mapQueue(
  scope: Construct,
  id: string,
  target: IFunction,
  queue: IQueue,
  settings: QueueFunctionSettings,
): void {
  const { batchingWindowSeconds } = settings;
  new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: queue.queueArn,
    batchSize: settings.batchSize,
    ...(batchingWindowSeconds > 0 ? { maxBatchingWindow: Duration.seconds(batchingWindowSeconds) } : {}),
    maxConcurrency: settings.maxConcurrency,
    reportBatchItemFailures: true,
  });
}

export function mapStream(
  scope: Construct,
  id: string,
  target: IFunction,
  streamArn: string,
  settings: StreamFunctionSettings,
  undelivered: IBucket,
): void {
  new EventSourceMapping(scope, id, {
    target,
    eventSourceArn: streamArn,
    // LATEST skips what was written while the mapping was being made or changed.
    startingPosition: StartingPosition.TRIM_HORIZON,
    batchSize: settings.batchSize,
    parallelizationFactor: settings.parallelizationFactor,
    reportBatchItemFailures: true,
    bisectBatchOnError: true,
    retryAttempts: settings.retryAttempts,
    maxRecordAge: Duration.hours(settings.recordAgeMaxHours),
    // A bucket gets the whole record; a queue or topic would get its position only, which is lost after 24 hours.
    // https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    supportS3OnFailureDestination: true,
    onFailure: { bind: () => ({ destination: undelivered.bucketArn }) },
    filters: [committedOutputs, deadReadings].map((pattern) => FilterCriteria.filter(pattern)),
  });
}

/** Receipts pages, deletions and commits without outputs never reach the writer. */
const committedOutputs = {
  dynamodb: { NewImage: { sk: { S: FilterRule.isEqual('state') }, outputs: { S: FilterRule.exists() } } },
};
const deadReadings = { dynamodb: { NewImage: { sk: { S: FilterRule.beginsWith('dead/') } } } };
