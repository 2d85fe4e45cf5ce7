/**
 * The construct: everything that one pipeline is made of.
 *
 *   const energy = new WeirPipeline(this, 'Energy', { entry: 'pipelines/energy.ts' });
 *   energy.grantSubmit(apiFunction);
 *
 * On redelivery: both queues and the stream deliver at least once. The mappings ask for partial batch responses, so
 * that one failure does not repeat its neighbours.
 */
import {
  type Alarm,
  type Dashboard,
  type Metric,
  type MetricOptions,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type Role } from 'aws-cdk-lib/aws-iam';
import {
  type CfnEventSourceMapping,
  type Function as LambdaFunction,
  RecursiveLoop,
} from 'aws-cdk-lib/aws-lambda';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ENV } from '../functions/env.ts';
import type { Limits } from '../functions/limits.ts';
import { type MetricName, stageOf } from '../functions/metric-names.ts';
import { addAlarms } from './alarms.ts';
import { addBrakeRole } from './brake.ts';
import { addBudget } from './budget.ts';
import type { Bundles, FunctionName } from './bundling/bundle.ts';
import { bundlePipeline } from './bundling/bundle-pipeline.ts';
import { addDashboard } from './dashboard.ts';
import { allowServices } from './encryption.ts';
import { mapQueue, mapStream } from './event-source-mappings.ts';
import { addFeed } from './feed.ts';
import { assertOneCopy } from './one-copy.ts';
import { addPauses } from './pauses.ts';
import { addFunction, type Surroundings } from './pipeline-function.ts';
import type { WeirPipelineProps } from './pipeline-props.ts';
import { addQueue, type Keeping, type QueuePair } from './pipeline-queue.ts';
import { grantSecrets, secretVariables } from './pipeline-secrets.ts';
import { checkSettings } from './settings/check-settings.ts';
import { deriveSettings, type Settings } from './settings/settings.ts';
import { addOutputs } from './stack-outputs.ts';
import { addStateTable, streamArnOf } from './state-table.ts';
import type { Use } from './use.ts';
import { validateAtSynth } from './validate-at-synth.ts';
import { ageOf, outputAge, weirMetric } from './watched.ts';

export class WeirPipeline extends Construct {
  readonly requests: QueuePair;
  readonly readings: QueuePair;
  readonly results: QueuePair | undefined;
  readonly table: Table;
  /** Where Lambda puts the outputs that no write took. */
  readonly undelivered: Bucket;
  readonly reader: LambdaFunction;
  readonly compute: LambdaFunction;
  readonly writer: LambdaFunction;
  /** What feeds the functions: disabled, it is the brake (docs/decisions/0030-the-brake.md). */
  readonly mappings: Readonly<Record<FunctionName, CfnEventSourceMapping>>;
  /** With it EventBridge Scheduler ends a pause. */
  readonly brakeRole: Role;
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard | undefined;
  readonly settings: Settings;
  /** Whether its sources have limits. */
  readonly namesSources: boolean;
  /** What metrics, log lines and the dashboard are called after. */
  readonly identity: string;

  constructor(scope: Construct, id: string, props: WeirPipelineProps) {
    super(scope, freeId(scope, id));
    this.identity = props.identity ?? `${Stack.of(this).stackName}/${pathInStack(this)}`;
    const { bundles, limits, name, namesSources } = naming(
      this,
      () => props.bundled ?? bundlePipeline(props.entry, props),
    );
    this.namesSources = namesSources;
    this.settings = deriveSettings(limits, props.settings ?? {});
    naming(this, () => checkSettings(this.settings, limits, `pipeline ${name}`));
    const { settings } = this;
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props;
    const keeping: Keeping = { encryptionKey, removalPolicy };
    this.requests = addQueue(this, 'Requests', 'standard', settings.requests, keeping);
    this.readings = addQueue(this, 'Readings', 'fifo', settings.readings, keeping);
    this.results = props.resultsQueue
      ? addQueue(this, 'Results', 'standard', settings.results, keeping)
      : undefined;
    this.table = addStateTable(this, keeping);
    this.undelivered = addUndeliveredBucket(this, settings.undelivered.retentionDays, keeping);
    if (encryptionKey !== undefined) {
      allowServices(this, encryptionKey, props.feed === undefined ? ['logs'] : ['logs', 'events']);
    }
    const surroundings = { ...props, identity: this.identity };
    const reader = naming(this, () => this.addReader(limits, props, bundles, surroundings));
    const compute = this.addCompute(bundles, surroundings);
    const writer = naming(this, () => this.addWriter(props, bundles, surroundings));
    [this.reader, this.compute, this.writer] = [reader.lambda, compute.lambda, writer.lambda];
    this.mappings = { reader: reader.mapping, compute: compute.mapping, writer: writer.mapping };
    this.brakeRole = addBrakeRole(this, Object.values(this.mappings));
    grantSecrets(props.secrets ?? {}, this.reader, this.writer);
    const { feed } = props;
    if (feed !== undefined)
      naming(this, () => addFeed(this, this.requests.queue, feed, { encryptionKey, now: Date.now() }));
    naming(this, () => addPauses(this, props.pauses ?? [], Date.now()));
    const { budget, alarmTopicArn } = props;
    this.alarms = [
      ...addAlarms(this, this, settings.alarms, alarmTopicArn),
      ...(budget === undefined ? [] : [naming(this, () => addBudget(this, budget, alarmTopicArn))]),
    ];
    this.dashboard = (props.dashboard ?? true) ? addDashboard(this, this, this.alarms) : undefined;
    assertOwnOutputs(this);
    addOutputs(this);
    if (props.bundled === undefined) validateAtSynth(this, { ...props, bundles });
  }

  /** Requests go here. */
  get requestsQueue(): Queue {
    return this.requests.queue;
  }

  get readingsQueue(): Queue {
    return this.readings.queue;
  }

  /** Where `write` may put results; undefined without `resultsQueue`. */
  get resultsQueue(): Queue | undefined {
    return this.results?.queue;
  }

  /** What could not be read, computed and taken. */
  get deadLetterQueues(): {
    readonly requests: Queue;
    readonly readings: Queue;
    readonly results: Queue | undefined;
  } {
    return {
      requests: this.requests.deadLetterQueue,
      readings: this.readings.deadLetterQueue,
      results: this.results?.deadLetterQueue,
    };
  }

  /** May send requests. */
  grantSubmit(grantee: IGrantable): Grant {
    return this.requests.queue.grantSendMessages(grantee);
  }

  /**
   * May have keys forgotten (the client's `forget`). It is the right to send into the readings queue, and SQS cannot tell what
   * is sent: who has it could send readings, too.
   */
  grantForget(grantee: IGrantable): Grant {
    return this.readings.queue.grantSendMessages(grantee);
  }

  /** May read states, and what is set aside or parked beside them; not list the keys. */
  grantReadState(grantee: IGrantable): Grant {
    const { table } = this;
    table.encryptionKey?.grantDecrypt(grantee);
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
      resourceArns: [table.tableArn],
    });
  }

  /** A metric that the functions send: the words are those of functions/metric-names.ts. Default: the sum of 5 minutes. */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    return weirMetric(this, stageOf(name), name).with(options);
  }

  metricReadsDone(options?: MetricOptions): Metric {
    return this.metric('ReadsDone', options);
  }

  metricReadsFailed(options?: MetricOptions): Metric {
    return this.metric('ReadsFailed', options);
  }

  metricReadsDead(options?: MetricOptions): Metric {
    return this.metric('ReadsDead', options);
  }

  /** Reads that a source refused. */
  metricReadsRefused(options?: MetricOptions): Metric {
    return this.metric('ReadsRefused', options);
  }

  metricReadingsApplied(options?: MetricOptions): Metric {
    return this.metric('ReadingsApplied', options);
  }

  metricReadingsDead(options?: MetricOptions): Metric {
    return this.metric('ReadingsDead', options);
  }

  metricStoppedKeys(options?: MetricOptions): Metric {
    return this.metric('StoppedKeys', options);
  }

  metricStateBytes(options?: MetricOptions): Metric {
    return this.metric('StateBytes', { statistic: Stats.MAXIMUM, ...options });
  }

  metricOutputsWritten(options?: MetricOptions): Metric {
    return this.metric('OutputsWritten', options);
  }

  metricWritesFailed(options?: MetricOptions): Metric {
    return this.metric('WritesFailed', options);
  }

  /** How long the oldest request has waited, in seconds. */
  metricRequestsAge(options?: MetricOptions): Metric {
    return ageOf(this.requests.queue).with(options ?? {});
  }

  /** How long the oldest reading has waited, in seconds. */
  metricReadingsAge(options?: MetricOptions): Metric {
    return ageOf(this.readings.queue).with(options ?? {});
  }

  /** How old outputs are when they are written, in milliseconds. */
  metricOutputsAge(options?: MetricOptions): Metric {
    return outputAge(this).with(options ?? {});
  }

  /** Begins the names of the stack's outputs: empty where the stack is this pipeline and nothing else. */
  get outputPrefix(): string {
    return this.identity === Stack.of(this).stackName ? '' : pathInStack(this).replace(/[^A-Za-z0-9]/g, '');
  }

  get statusCommand(): string {
    const pipeline = this.outputPrefix === '' ? '' : ` --pipeline ${this.outputPrefix}`;
    return `npx weir status --stack ${Stack.of(this).stackName}${pipeline}`;
  }

  private addReader(
    { submitHopsMax }: Limits,
    { readFrom = [], environment = {}, secrets = {} }: WeirPipelineProps,
    bundles: Bundles,
    surroundings: Surroundings,
  ): Fed {
    const { settings } = this;
    const { queue, deadLetterQueue } = this.requests;
    const reader = addFunction(this, 'Reader', {
      ...settings.reader,
      bundle: bundles.reader,
      description: 'Reads what each request names, many at once, and sends the readings on.',
      logs: settings.logs,
      recursiveLoop: submitHopsMax > HOPS_OF_LAMBDA ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
      environment,
      secrets: secretVariables(secrets),
      surroundings,
      uses: [
        {
          // ChangeMessageVisibility: a failed read comes back after a growing delay.
          // SendMessage: requests that a read submits, and one that waited for its source very often.
          actions: [...RECEIVE, 'sqs:ChangeMessageVisibility', 'sqs:SendMessage'],
          resource: queue.queueArn,
          env: { [ENV.requestsQueueUrl]: queue.queueUrl },
        },
        sendTo(deadLetterQueue, ENV.requestsDeadLetterQueueUrl),
        sendTo(this.readings.queue, ENV.readingsQueueUrl),
        ...(this.namesSources ? this.usesOfSources() : []),
        ...readFrom.map(({ bucketName, prefix }) => ({
          actions: ['s3:GetObject'],
          resource: `arn:${Aws.PARTITION}:s3:::${bucketName}/${prefix}*`,
          wildcard: 'The objects under the prefix are not known beforehand; the prefix is the bound.',
        })),
      ],
    });
    const mapping = mapQueue(this, 'ReaderMapping', reader, queue, settings.reader);
    return { lambda: reader, mapping };
  }

  /** Readers agree in the table on what they read of a source, and count attempts at what they gave back. */
  private usesOfSources(): Use[] {
    const { table } = this;
    return [
      {
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
        resource: table.tableArn,
        env: { [ENV.tableName]: table.tableName },
      },
    ];
  }

  private addCompute(bundles: Bundles, surroundings: Surroundings): Fed {
    const { settings } = this;
    const { queue } = this.readings;
    const compute = addFunction(this, 'Compute', {
      ...settings.compute,
      bundle: bundles.compute,
      description: 'Computes the readings of each key, one at a time, and commits state and outputs.',
      logs: settings.logs,
      surroundings,
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
    const mapping = mapQueue(this, 'ComputeMapping', compute, queue, settings.compute);
    return { lambda: compute, mapping };
  }

  private addWriter(
    { environment = {}, secrets = {} }: WeirPipelineProps,
    bundles: Bundles,
    surroundings: Surroundings,
  ): Fed {
    const { settings } = this;
    const streamArn = streamArnOf(this.table);
    const writer = addFunction(this, 'Writer', {
      ...settings.writer,
      bundle: bundles.writer,
      description: 'Delivers the outputs of committed states, and dead readings to their queue.',
      logs: settings.logs,
      environment,
      secrets: secretVariables(secrets),
      surroundings,
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
    const mapping = mapStream(this, 'WriterMapping', writer, streamArn, settings.writer, this.undelivered);
    return { lambda: writer, mapping };
  }
}

/**
 * Requests that submit each other are what Lambda takes for a loop, and ends after about 16: where the pipeline's own bound is
 * higher, that bound alone counts. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const HOPS_OF_LAMBDA = 12;

/** A function and what feeds it. */
interface Fed {
  readonly lambda: LambdaFunction;
  readonly mapping: CfnEventSourceMapping;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const RECEIVE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'] as const;

function sendTo(queue: Queue, variable: string): Use {
  return { actions: ['sqs:SendMessage'], resource: queue.queueArn, env: { [variable]: queue.queueUrl } };
}

/** Where Lambda puts what the writer could not deliver: the records themselves, not only their positions. */
function addUndeliveredBucket(
  scope: Construct,
  retentionDays: number,
  { encryptionKey, removalPolicy }: Keeping,
): Bucket {
  const bucket = new Bucket(scope, 'UndeliveredBucket', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    ...(encryptionKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }),
    enforceSSL: true,
    lifecycleRules: [{ expiration: Duration.days(retentionDays) }],
    removalPolicy,
  });
  Validations.of(bucket).acknowledge({
    id: 'AwsSolutions-S1',
    reason:
      'Only Lambda writes here, and only when the writer gave up; a log of its accesses would need a second bucket. ' +
      'Who needs one turns on data events of CloudTrail.',
  });
  return bucket;
}

/** The CDK's own words for it name no way out. */
function freeId(scope: Construct, id: string): string {
  assertOneCopy(scope, id);
  if (scope.node.tryFindChild(id) === undefined) return id;
  throw new Error(
    `${scope.node.path}/${id}: the name is taken by another construct of ${scope.node.path}: give the pipeline another, such ` +
      `as new WeirPipeline(this, '${id}Pipeline', ...)`,
  );
}

/** Outputs are named by letters and digits alone, so that two paths may give one name. */
function assertOwnOutputs(pipeline: WeirPipeline): void {
  const other = Stack.of(pipeline)
    .node.findAll()
    .find(
      (each) =>
        each instanceof WeirPipeline && each !== pipeline && each.outputPrefix === pipeline.outputPrefix,
    );
  if (other === undefined) return;
  throw new Error(
    `${pipeline.node.path}: its outputs would have the names of those of ${other.node.path} (${pipeline.outputPrefix}...): ` +
      'give one of the pipelines another name',
  );
}

function pathInStack(pipeline: WeirPipeline): string {
  return pipeline.node.path.slice(Stack.of(pipeline).node.path.length + 1);
}

/** What is wrong, with the construct that it is wrong in. */
function naming<Value>(pipeline: WeirPipeline, make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    throw new Error(`${pipeline.node.path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
