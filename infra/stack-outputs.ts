/** The outputs that a deployment prints at its end: URLs, names, and commands to copy. */
import type { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws, CfnOutput, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { FunctionName } from './bundling/bundle.ts';
import { dashboardNameOf } from './dashboard.ts';
import type { QueuePair } from './pipeline-queue.ts';

/** The parts of a pipeline that appear in outputs. */
interface Deployed extends Construct, Readonly<Record<FunctionName, LambdaFunction>> {
  readonly identity: string;
  readonly requests: QueuePair;
  readonly readings: QueuePair;
  readonly results: QueuePair | undefined;
  readonly backfillQueue: Queue | undefined;
  readonly backfillMapping: CfnEventSourceMapping | undefined;
  readonly table: Table;
  readonly undelivered: Bucket;
  readonly mappings: Readonly<Record<FunctionName, CfnEventSourceMapping>>;
  readonly brakeRole: Role;
  readonly dashboard: Dashboard | undefined;
  readonly statusCommand: string;
  /** The beginning of the names of the outputs. */
  readonly outputPrefix: string;
}

export function addOutputs(pipeline: Deployed): void {
  assertOwnOutputs(pipeline);
  const { requests, readings, results, table, undelivered, dashboard } = pipeline;
  const { backfillQueue, backfillMapping } = pipeline;
  const outputs: Record<string, string> = {
    RequestsQueueUrl: requests.queue.queueUrl,
    RequestsDeadLetterQueueUrl: requests.deadLetterQueue.queueUrl,
    ReadingsQueueUrl: readings.queue.queueUrl,
    ReadingsDeadLetterQueueUrl: readings.deadLetterQueue.queueUrl,
    ...(results === undefined ? {} : { ResultsQueueUrl: results.queue.queueUrl }),
    StateTableName: table.tableName,
    UndeliveredBucketName: undelivered.bucketName,
    ReaderFunctionName: pipeline.reader.functionName,
    ComputeFunctionName: pipeline.compute.functionName,
    WriterFunctionName: pipeline.writer.functionName,
    ReaderMappingId: pipeline.mappings.reader.attrId,
    ComputeMappingId: pipeline.mappings.compute.attrId,
    WriterMappingId: pipeline.mappings.writer.attrId,
    ...(backfillQueue && { BackfillQueueUrl: backfillQueue.queueUrl }),
    ...(backfillMapping && { BackfillMappingId: backfillMapping.attrId }),
    BrakeRoleArn: pipeline.brakeRole.roleArn,
    SubmitCommand: `aws sqs send-message --queue-url ${requests.queue.queueUrl} --message-body file://request.json`,
    RedriveRequestsCommand: redriveCommand(requests),
    StatusCommand: pipeline.statusCommand,
    ...(dashboard === undefined
      ? {}
      : {
          DashboardUrl:
            `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home` +
            `?region=${Aws.REGION}#dashboards:name=${dashboardNameOf(pipeline)}`,
        }),
  };
  for (const [name, value] of Object.entries(outputs)) {
    // The names have no hash, because operate/find-stack.ts finds the parts of a pipeline by them.
    new CfnOutput(pipeline, name, { value }).overrideLogicalId(`${pipeline.outputPrefix}${name}`);
  }
}

/** Names of outputs have only letters and digits, so two paths could give the same names. */
function assertOwnOutputs(pipeline: Deployed): void {
  const other = Stack.of(pipeline)
    .node.findAll()
    .find(
      (each) => each !== pipeline && 'outputPrefix' in each && each.outputPrefix === pipeline.outputPrefix,
    );
  if (other === undefined) return;
  throw new Error(
    `${pipeline.node.path}: its outputs would have the names of those of ${other.node.path} (${pipeline.outputPrefix}...): ` +
      'give one of the pipelines another name',
  );
}

/** Names the destination, because SQS knows no source queue for requests that the reader itself set aside. */
function redriveCommand({ queue, deadLetterQueue }: QueuePair): string {
  return (
    `aws sqs start-message-move-task --source-arn ${deadLetterQueue.queueArn} ` +
    `--destination-arn ${queue.queueArn}`
  );
}
