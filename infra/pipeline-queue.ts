/**
 * A queue and its dead-letter queue, always of one kind: SQS refuses to move a FIFO message to a standard queue.
 *
 * Invariant: neither is ever deleted by a deployment, since a full queue is data that is nowhere else.
 */

import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { QueueSettings } from './settings.ts';

export interface QueuePair {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

export function addQueue(
  scope: Construct,
  name: string,
  kind: 'standard' | 'fifo',
  settings: QueueSettings,
): QueuePair {
  const common: QueueProps = {
    ...(kind === 'fifo' ? fifo : {}),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    removalPolicy: RemovalPolicy.RETAIN,
  };
  const deadLetterQueue = new Queue(scope, `${name}DeadLetterQueue`, {
    ...common,
    retentionPeriod: Duration.days(settings.deadLetterRetentionDays),
  });
  const queue = new Queue(scope, `${name}Queue`, {
    ...common,
    retentionPeriod: Duration.days(settings.retentionDays),
    visibilityTimeout: Duration.seconds(settings.visibilityTimeoutSeconds),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: settings.maxReceiveCount },
  });
  return { queue, deadLetterQueue };
}

/**
 * High throughput: quota and deduplication per message group. Ids are never made from the content, since a second
 * read of the same request may bring other content.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
 */
const fifo: QueueProps = {
  fifo: true,
  contentBasedDeduplication: false,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
