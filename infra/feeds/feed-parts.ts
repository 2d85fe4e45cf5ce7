/** What a feed is made of, whatever it is of. */

import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { EventSourceMappingOptions } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Surroundings } from '../pipeline-function.ts';
import type { Keeping, QueuePair } from '../pipeline-queue.ts';
import type { Settings } from '../settings/settings.ts';
import type { Use } from '../use.ts';
import type { StreamChoice } from './record-feeds.ts';

/** Of the pipeline what its feeds need. */
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
  /** Stands for the topic in positions. */
  readonly name?: string;
  /** What it needs of its source. */
  readonly uses: readonly Use[];
  readonly mapping: EventSourceMappingOptions;
  /** Undefined: a queue, which has no places to begin at. */
  readonly stream?: StreamChoice;
  /** Where what could not be passed on ends up. */
  readonly deadLetters?: QueuePair;
}

/** The visibility timeout of its queue may not be shorter. */
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
