/**
 * Queues, tables and buckets of a template. Properties without an effect on this machine are listed and
 * ignored.
 */
import * as v from 'valibot';
import type { BucketPlan, QueuePlan, TablePlan } from './stack-spec.ts';
import { count, flag, parseProperties, passedOver, type Resource } from './template-resources.ts';

/** Defaults: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-sqs-queue.html */
const QueueProperties = v.strictObject({
  QueueName: passedOver,
  FifoQueue: v.optional(flag, false),
  VisibilityTimeout: v.optional(count, 30),
  MessageRetentionPeriod: v.optional(count, 345_600),
  DelaySeconds: v.optional(count, 0),
  MaximumMessageSize: v.optional(v.literal(1_048_576)),
  ContentBasedDeduplication: v.optional(flag, false),
  DeduplicationScope: v.optional(v.picklist(['queue', 'messageGroup']), 'queue'),
  FifoThroughputLimit: v.optional(v.picklist(['perQueue', 'perMessageGroupId']), 'perQueue'),
  RedrivePolicy: v.optional(v.strictObject({ deadLetterTargetArn: v.string(), maxReceiveCount: count })),
  RedriveAllowPolicy: passedOver,
  SqsManagedSseEnabled: passedOver,
  KmsDataKeyReusePeriodSeconds: passedOver,
  KmsMasterKeyId: passedOver,
  Tags: passedOver,
});

export function planQueue(resource: Resource): QueuePlan {
  const properties = parseProperties(resource, QueueProperties);
  const redrive = properties.RedrivePolicy;
  return {
    id: resource.id,
    name: resource.name,
    arn: resource.arn,
    url: resource.ref,
    fifo: properties.FifoQueue,
    visibilityTimeoutSeconds: properties.VisibilityTimeout,
    retentionSeconds: properties.MessageRetentionPeriod,
    delaySeconds: properties.DelaySeconds,
    contentBasedDeduplication: properties.ContentBasedDeduplication,
    deduplicationScope: properties.DeduplicationScope,
    throughputLimit: properties.FifoThroughputLimit,
    redrive: redrive && {
      deadLetterQueueArn: redrive.deadLetterTargetArn,
      maxReceiveCount: redrive.maxReceiveCount,
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html */
const TableProperties = v.strictObject({
  TableName: passedOver,
  AttributeDefinitions: v.array(
    v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
  StreamSpecification: v.optional(
    v.object({ StreamViewType: v.picklist(['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES']) }),
  ),
  TimeToLiveSpecification: v.optional(
    v.object({ AttributeName: v.optional(v.string()), Enabled: v.optional(flag) }),
  ),
  // Capacity is not enforced and indexes are not read here; a user's table that feeds the pipeline may have
  // both.
  BillingMode: passedOver,
  ProvisionedThroughput: passedOver,
  GlobalSecondaryIndexes: passedOver,
  LocalSecondaryIndexes: passedOver,
  ContributorInsightsSpecification: passedOver,
  DeletionProtectionEnabled: passedOver,
  OnDemandThroughput: passedOver,
  PointInTimeRecoverySpecification: passedOver,
  Replicas: passedOver,
  SSESpecification: passedOver,
  TableClass: passedOver,
  Tags: passedOver,
  WarmThroughput: passedOver,
});

export function planTable(resource: Resource): TablePlan {
  const properties = parseProperties(resource, TableProperties);
  const stream = properties.StreamSpecification;
  const ttl = properties.TimeToLiveSpecification;
  return {
    id: resource.id,
    name: resource.name,
    arn: resource.arn,
    attributes: properties.AttributeDefinitions.filter(({ AttributeName }) =>
      properties.KeySchema.some((key) => key.AttributeName === AttributeName),
    ).map(({ AttributeName: name, AttributeType: type }) => ({ name, type })),
    keys: properties.KeySchema.map((key) => ({ name: key.AttributeName, type: key.KeyType })),
    stream: stream && { arn: `${resource.arn}/stream/local`, viewType: stream.StreamViewType },
    ttlAttribute: ttl?.Enabled === false ? undefined : ttl?.AttributeName,
  };
}

export function planBucket({ id, name, arn }: Resource): BucketPlan {
  return { id, name, arn };
}
