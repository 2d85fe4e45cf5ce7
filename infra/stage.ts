/** What the reader, compute and writer functions have in common. */
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { CfnEventSourceMapping, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Backfill } from '../functions/backfill.ts';
import type { Limits } from '../functions/limits.ts';
import type { Bundles } from './bundling/bundle.ts';
import type { ShadowVariables } from './bundling/shadow.ts';
import type { Surroundings } from './pipeline-function.ts';
import type { WeirPipelineProps } from './pipeline-props.ts';
import type { QueuePair } from './pipeline-queue.ts';
import type { Settings } from './settings/settings.ts';
import type { Use } from './use.ts';

/** A function and its event source mapping. */
export interface Stage {
  readonly lambda: LambdaFunction;
  readonly mapping: CfnEventSourceMapping;
}

/** The parts of the construct that exist when its stages are added. */
export interface Stored extends Construct {
  readonly requests: QueuePair;
  /** Set if the pipeline has a backfill lane. */
  readonly backfillQueue: Queue | undefined;
  readonly readings: QueuePair;
  readonly results: QueuePair | undefined;
  readonly table: Table;
  readonly undelivered: Bucket;
  readonly settings: Settings;
  readonly namesSources: boolean;
}

export interface StageProps extends Pick<WeirPipelineProps, 'environment' | 'readFrom' | 'secrets'> {
  readonly bundles: Bundles;
  readonly limits: Limits;
  /** Whether the pipeline makes schedules, and whether it has `write`. */
  readonly wakes: boolean;
  readonly writes: boolean;
  /** The lane of the pipeline's file, if it has one. */
  readonly backfill: Backfill | undefined;
  /** Set if the pipeline has a shadow. */
  readonly shadow: ShadowVariables | undefined;
  readonly surroundings: Surroundings;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const RECEIVE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

export function sendTo(queue: Queue, variable: string): Use {
  return { actions: ['sqs:SendMessage'], resource: queue.queueArn, env: { [variable]: queue.queueUrl } };
}
