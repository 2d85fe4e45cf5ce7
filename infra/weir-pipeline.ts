/**
 * The construct with all resources of one pipeline.
 *
 *   const energy = new WeirPipeline(this, 'Energy', { entry: 'pipelines/energy.ts' });
 *   energy.grantSubmit(apiFunction);
 *
 * Both queues and the stream deliver at least once. The mappings use partial batch responses, so that one failed message does
 * not repeat the rest of its batch.
 */
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { addAlarms } from './alarms.ts';
import { addBackfillQueue, mapBackfill } from './backfill.ts';
import { addBrakeRole } from './brake.ts';
import { addBudget } from './budget.ts';
import type { FunctionName } from './bundling/bundle.ts';
import { type BundledPipeline, bundleFeedApart, bundlePipeline } from './bundling/bundle-pipeline.ts';
import { addCompute } from './compute-function.ts';
import { addDashboard } from './dashboard.ts';
import { allowServices } from './encryption.ts';
import { addFeed } from './feed.ts';
import { addRecordFeeds } from './feeds/add-record-feeds.ts';
import { addPauses } from './pauses.ts';
import { PipelineHandles } from './pipeline-handles.ts';
import { freeId, naming, pathInStack } from './pipeline-names.ts';
import type { WeirPipelineProps } from './pipeline-props.ts';
import { addQueue, type Keeping, type QueuePair } from './pipeline-queue.ts';
import { grantSecrets } from './pipeline-secrets.ts';
import { addReader } from './reader-function.ts';
import type { Settings } from './settings/settings.ts';
import { settingsOfPipeline } from './settings/settings-of-pipeline.ts';
import { addOutputs } from './stack-outputs.ts';
import type { Stage } from './stage.ts';
import { addStateTable } from './state-table.ts';
import { addUndeliveredBucket } from './undelivered-bucket.ts';
import { validateAtSynth } from './validate-at-synth.ts';
import { addWriter } from './writer-function.ts';

export class WeirPipeline extends PipelineHandles {
  readonly requests: QueuePair;
  readonly readings: QueuePair;
  readonly results: QueuePair | undefined;
  readonly backfillQueue: Queue | undefined;
  readonly table: Table;
  /** The bucket for outputs that `write` refused too often. */
  readonly undelivered: Bucket;
  readonly reader: LambdaFunction;
  readonly compute: LambdaFunction;
  readonly writer: LambdaFunction;
  /**
   * The event source mappings of the functions. Disabling one pauses its part (docs/decisions/0030-the-brake.md).
   */
  readonly mappings: Readonly<Record<FunctionName, CfnEventSourceMapping>>;
  /** The second mapping of the reader. Set if the pipeline has a backfill lane. */
  readonly backfillMapping: CfnEventSourceMapping | undefined;
  /** The role with which EventBridge Scheduler ends a pause. */
  readonly brakeRole: Role;
  readonly alarms: readonly Alarm[];
  readonly dashboard: Dashboard | undefined;
  readonly settings: Settings;
  /** Whether the pipeline has `source`. */
  readonly namesSources: boolean;
  readonly identity: string;

  constructor(scope: Construct, id: string, props: WeirPipelineProps) {
    super(scope, freeId(scope, id));
    this.identity = props.identity ?? `${Stack.of(this).stackName}/${pathInStack(this)}`;
    const bundled = naming(this, () => props.bundled ?? bundlePipeline(props.entry, props));
    const { bundles } = bundled;
    this.namesSources = bundled.namesSources;
    this.settings = naming(this, () => settingsOfPipeline(bundled, props.settings ?? {}));
    const { settings } = this;
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props;
    const keeping: Keeping = { encryptionKey, removalPolicy };
    this.requests = addQueue(this, 'Requests', 'standard', settings.requests, keeping);
    this.readings = addQueue(this, 'Readings', 'fifo', settings.readings, keeping);
    this.backfillQueue = bundled.backfill && addBackfillQueue(this, this.requests, settings, keeping);
    this.results = props.resultsQueue
      ? addQueue(this, 'Results', 'standard', settings.results, keeping)
      : undefined;
    this.table = addStateTable(this, keeping);
    this.undelivered = addUndeliveredBucket(this, settings.undelivered.retentionDays, keeping);
    if (encryptionKey !== undefined) {
      allowServices(this, encryptionKey, props.feed === undefined ? ['logs'] : ['logs', 'events']);
    }
    const { reader, compute, writer } = this.addStages(props, bundled);
    [this.reader, this.compute, this.writer] = [reader.lambda, compute.lambda, writer.lambda];
    this.mappings = { reader: reader.mapping, compute: compute.mapping, writer: writer.mapping };
    this.backfillMapping = this.backfillQueue && mapBackfill(this, this.reader, this.backfillQueue, settings);
    this.brakeRole = addBrakeRole(this, [
      ...Object.values(this.mappings),
      ...(this.backfillMapping === undefined ? [] : [this.backfillMapping]),
    ]);
    grantSecrets(props.secrets ?? {}, this.reader, this.writer);
    this.addTimetable(props);
    this.alarms = [...this.addOwnAlarms(props), ...this.addRecordFeeds(props, keeping)];
    this.dashboard = (props.dashboard ?? true) ? addDashboard(this, this, this.alarms) : undefined;
    addOutputs(this);
    if (props.bundled === undefined) validateAtSynth(this, { ...props, bundles });
  }

  /** The beginning of the names of the stack's outputs; empty if the stack is only this pipeline. */
  get outputPrefix(): string {
    return this.identity === Stack.of(this).stackName ? '' : pathInStack(this).replace(/[^A-Za-z0-9]/g, '');
  }

  get statusCommand(): string {
    const pipeline = this.outputPrefix === '' ? '' : ` --pipeline ${this.outputPrefix}`;
    return `npx weir status --stack ${Stack.of(this).stackName}${pipeline}`;
  }

  private addStages(
    props: WeirPipelineProps,
    { bundles, limits, backfill, wakes, writes, shadow }: BundledPipeline,
  ): Record<FunctionName, Stage> {
    const surroundings = { ...props, identity: this.identity };
    const stageProps = { ...props, bundles, limits, backfill, wakes, writes, shadow, surroundings };
    return naming(this, () => ({
      reader: addReader(this, stageProps),
      compute: addCompute(this, stageProps),
      writer: addWriter(this, stageProps),
    }));
  }

  private addTimetable({ encryptionKey, feed, pauses = [] }: WeirPipelineProps): void {
    const now = Date.now();
    naming(this, () => {
      if (feed !== undefined) addFeed(this, this.requests.queue, feed, { encryptionKey, now });
      addPauses(this, pauses, now);
    });
  }

  private addRecordFeeds({ feed, ...props }: WeirPipelineProps, keeping: Keeping): Alarm[] {
    if (feed === undefined) return [];
    const { requests, settings, identity } = this;
    const surroundings = { ...props, identity };
    const { alarmTopicArn } = props;
    let made = props.bundled?.feedBundle;
    const bundle = () => {
      made ??= bundleFeedApart();
      return made;
    };
    const fed = {
      scope: this,
      requests,
      settings,
      surroundings,
      keeping,
      alarmTopicArn,
      bundle,
    };
    return naming(this, () => addRecordFeeds(fed, feed));
  }

  private addOwnAlarms({ budget, alarmTopicArn }: WeirPipelineProps): Alarm[] {
    const alarms = naming(this, () => addAlarms(this, this, this.settings.alarms, alarmTopicArn));
    if (budget === undefined) return alarms;
    return [...alarms, naming(this, () => addBudget(this, budget, alarmTopicArn))];
  }
}
