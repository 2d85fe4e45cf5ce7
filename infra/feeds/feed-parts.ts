/** The parts that all feeds have in common. */

import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Surroundings } from '../pipeline-function.ts';
import type { Keeping, QueuePair } from '../pipeline-queue.ts';
import type { Settings } from '../settings/settings.ts';
import type { Use } from '../use.ts';
import type { StreamChoice } from './record-feeds.ts';

/** The parts of a pipeline that its feeds need. */
export interface FedPipeline {
  readonly scope: Construct;
  readonly requests: QueuePair;
  readonly settings: Settings;
  readonly surroundings: Surroundings;
  readonly keeping: Keeping;
  readonly alarmTopicArn: string | undefined;
  /** The folder with the bundle, which is the same for all feeds. */
  readonly bundle: () => string;
}

export interface FeedFunction {
  readonly id: string;
  readonly kind: 'queue' | 'topic' | 'dynamoStream' | 'kinesis' | 'kafka';
  /** Replaces the topic's name in positions. */
  readonly name?: string;
  /** The permissions that the feed needs on its source. */
  readonly uses: readonly Use[];
  readonly mapping: EventSourceMappingOptions;
  /** Undefined for a queue, which has no starting position. */
  readonly stream?: StreamChoice;
  /** The queue whose dead-letter queue gets messages that cannot be passed on. */
  readonly deadLetters?: QueuePair;
}

/** The visibility timeout of a feed's queue must not be shorter. */
export const FEED_TIMEOUT_SECONDS = 30;

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export function receiveFrom({ queueArn }: IQueue): Use {
  return {
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    resource: queueArn,
  };
}

export function decrypt(key: IKey | undefined): Use[] {
  return key === undefined ? [] : [{ actions: ['kms:Decrypt'], resource: key.keyArn }];
}
