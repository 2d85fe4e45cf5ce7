/**
 * The construct: everything that one pipeline is made of. It takes bundles, not source files, because bundling is
 * asynchronous and a construct is not: infra/synthesize.ts does both.
 *
 * On redelivery: both queues and the stream deliver at least once. The mappings ask for partial batch responses, so
 * that one failure does not repeat its neighbours.
 */
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ENV } from '../functions/env.ts';
import { addAlarms } from './alarms.ts';
import type { Bundles } from './bundle.ts';
import { addDashboard } from './dashboard.ts';
import { mapQueue, mapStream } from './event-source-mappings.ts';
import { addFeed, type Feed } from './feed.ts';
import { addFunction, type Use } from './pipeline-function.ts';
import { addQueue, type QueuePair } from './pipeline-queue.ts';
import type { Settings } from './settings.ts';
import { addOutputs } from './stack-outputs.ts';
import { addStateTable, streamArnOf } from './state-table.ts';

export interface WeirPipelineProps {
  readonly settings: Settings;
  readonly bundles: Bundles;
  /** Adds a standard queue for what the pipeline's `write` sends: see ENV.resultsQueueUrl. */
  readonly resultsQueue?: boolean;
  /** Objects that `read` may get. Without the right to list, S3 answers 403 for an object that is not there. */
  readonly readFrom?: readonly { readonly bucketName: string; readonly prefix: string }[];
  /** Environment variables for `read`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Events that are requests: objects of a bucket, or whatever is on the account's event bus. */
  readonly feed?: Feed;
  /** The SNS topic that hears when an alarm begins and ends. Without it alarms show on the dashboard only. */
  readonly alarmTopicArn?: string;
  /** A dashboard costs $3 a month from the account's fourth on. Default: true. */
  readonly dashboard?: boolean;
}

export class WeirPipeline extends Construct {
  readonly requests: QueuePair;
  readonly readings: QueuePair;
  readonly results: QueuePair | undefined;
  readonly table: Table;
  readonly undelivered: Bucket;
  readonly reader: LambdaFunction;
  readonly compute: LambdaFunction;
  readonly writer: LambdaFunction;
  readonly dashboard: Dashboard | undefined;

  constructor(scope: Construct, id: string, props: WeirPipelineProps) {
    super(scope, id);
    const { settings } = props;
    this.requests = addQueue(this, 'Requests', 'standard', settings.requests);
    this.readings = addQueue(this, 'Readings', 'fifo', settings.readings);
    this.results = props.resultsQueue ? addQueue(this, 'Results', 'standard', settings.results) : undefined;
    this.table = addStateTable(this);
    this.undelivered = addUndeliveredBucket(this, settings.undelivered.retentionDays);
    this.reader = this.addReader(props);
    this.compute = this.addCompute(props);
    this.writer = this.addWriter(props);
    if (props.feed !== undefined) addFeed(this, this.requests.queue, props.feed);
    const alarms = addAlarms(this, this, settings.alarms, props.alarmTopicArn);
    this.dashboard = (props.dashboard ?? true) ? addDashboard(this, this, alarms) : undefined;
    addOutputs(this);
  }

  private addReader({ settings, bundles, readFrom = [], env = {} }: WeirPipelineProps): LambdaFunction {
    const { queue, deadLetterQueue } = this.requests;
    const reader = addFunction(this, 'Reader', {
      ...settings.reader,
      bundle: bundles.reader,
      description: 'Reads what each request names, many at once, and sends the readings on.',
      logs: settings.logs,
      env,
      uses: [
        {
          // ChangeMessageVisibility: a failed read comes back after a growing delay.
          actions: [...RECEIVE, 'sqs:ChangeMessageVisibility'],
          resource: queue.queueArn,
          env: { [ENV.requestsQueueUrl]: queue.queueUrl },
        },
        sendTo(deadLetterQueue, ENV.requestsDeadLetterQueueUrl),
        sendTo(this.readings.queue, ENV.readingsQueueUrl),
        ...readFrom.map(({ bucketName, prefix }) => ({
          actions: ['s3:GetObject'],
          resource: `arn:${Aws.PARTITION}:s3:::${bucketName}/${prefix}*`,
          wildcard: 'The objects under the prefix are not known beforehand; the prefix is the bound.',
        })),
      ],
    });
    mapQueue(this, 'ReaderMapping', reader, queue, settings.reader);
    return reader;
  }

  private addCompute({ settings, bundles }: WeirPipelineProps): LambdaFunction {
    const { queue } = this.readings;
    const compute = addFunction(this, 'Compute', {
      ...settings.compute,
      bundle: bundles.compute,
      description: 'Computes the readings of each key, one at a time, and commits state and outputs.',
      logs: settings.logs,
      uses: [
        { actions: RECEIVE, resource: queue.queueArn },
        {
          // A transaction needs the actions of its parts and none of its own. Query: pages of receipts and what is
          // parked; DeleteItem: what was parked and is applied.
          actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
          resource: this.table.tableArn,
          env: { [ENV.tableName]: this.table.tableName },
        },
      ],
    });
    mapQueue(this, 'ComputeMapping', compute, queue, settings.compute);
    return compute;
  }

  private addWriter({ settings, bundles }: WeirPipelineProps): LambdaFunction {
    const streamArn = streamArnOf(this.table);
    const writer = addFunction(this, 'Writer', {
      ...settings.writer,
      bundle: bundles.writer,
      description: 'Delivers the outputs of committed states, and dead readings to their queue.',
      logs: settings.logs,
      uses: [
        {
          actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
          resource: streamArn,
        },
        // Lambda asks for ListStreams when it makes the mapping; the action takes no resource.
        {
          actions: ['dynamodb:ListStreams'],
          resource: '*',
          wildcard: 'ListStreams takes no resource, and Lambda makes no mapping without it.',
        },
        {
          actions: ['dynamodb:GetItem'],
          resource: this.table.tableArn,
          env: { [ENV.tableName]: this.table.tableName },
        },
        sendTo(this.readings.deadLetterQueue, ENV.readingsDeadLetterQueueUrl),
        ...(this.results === undefined ? [] : [sendTo(this.results.queue, ENV.resultsQueueUrl)]),
        // Lambda uses the function's role to put what could not be delivered into the bucket.
        {
          actions: ['s3:PutObject'],
          resource: this.undelivered.arnForObjects('*'),
          wildcard: "Lambda names the objects; the bucket is this pipeline's own and holds nothing else.",
        },
        { actions: ['s3:ListBucket'], resource: this.undelivered.bucketArn },
      ],
    });
    mapStream(this, 'WriterMapping', writer, streamArn, settings.writer, this.undelivered);
    return writer;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const RECEIVE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

function sendTo(queue: Queue, variable: string): Use {
  return { actions: ['sqs:SendMessage'], resource: queue.queueArn, env: { [variable]: queue.queueUrl } };
}

/** Where Lambda puts what the writer could not deliver: the records themselves, not only their positions. */
function addUndeliveredBucket(scope: Construct, retentionDays: number): Bucket {
  const bucket = new Bucket(scope, 'UndeliveredBucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(retentionDays) }],
    removalPolicy: RemovalPolicy.RETAIN,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Only Lambda writes here, and only when the writer gave up; a log of its accesses would need a second bucket. ' +
      'Who needs one turns on data events of CloudTrail.',
  });
  return bucket;
}
