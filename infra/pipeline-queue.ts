/**
 * A queue and its dead-letter queue, always of the same kind, because SQS does not move a FIFO message to a standard queue.
 *
 * By default no deployment deletes them, because the messages of a queue exist nowhere else.
 */
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Duration, type RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { QueueSettings } from './settings/settings.ts';

export interface QueuePair {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
}

/** How resources with data are encrypted and kept. */
export interface Keeping {
  readonly encryptionKey: IKey | undefined;
  readonly removalPolicy: RemovalPolicy;
}

export function addQueue(
  scope: Construct,
  name: string,
  kind: 'standard' | 'fifo',
  settings: QueueSettings,
  keeping: Keeping,
): QueuePair {
  const common = commonOf(kind, keeping);
  const deadLetterQueue = new Queue(scope, `${name}DeadLetterQueue`, {
    ...common,
    retentionPeriod: Duration.days(settings.deadLetterRetentionDays),
  });
  return { queue: addSource(scope, name, common, settings, deadLetterQueue), deadLetterQueue };
}

/** Adds a second standard queue that uses the dead-letter queue of the pair. */
export function addQueueBeside(
  { deadLetterQueue }: QueuePair,
  scope: Construct,
  name: string,
  settings: QueueSettings,
  keeping: Keeping,
): Queue {
  return addSource(scope, name, commonOf('standard', keeping), settings, deadLetterQueue);
}

function addSource(
  scope: Construct,
  name: string,
  common: QueueProps,
  settings: QueueSettings,
  deadLetterQueue: Queue,
): Queue {
  return new Queue(scope, `${name}Queue`, {
    ...common,
    retentionPeriod: Duration.days(settings.retentionDays),
    visibilityTimeout: Duration.seconds(settings.visibilityTimeoutSeconds),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: settings.maxReceiveCount },
  });
}

function commonOf(kind: 'standard' | 'fifo', { encryptionKey, removalPolicy }: Keeping): QueueProps {
  return {
    ...(kind === 'fifo' ? fifo : {}),
    ...(encryptionKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: encryptionKey }),
    enforceSSL: true,
    removalPolicy,
  };
}

/**
 * High throughput mode: quota and deduplication are per message group. Deduplication ids are never derived from the content,
 * because a second read of the same request may return other content.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html
 */
const fifo: QueueProps = {
  fifo: true,
  contentBasedDeduplication: false,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
};
