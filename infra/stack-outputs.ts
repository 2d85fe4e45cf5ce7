/** What a deployment prints at its end: the addresses, and commands that are ready to be used. */
import { Aws, CfnOutput } from 'aws-cdk-lib/core';
import { dashboardNameOf } from './dashboard.ts';
import type { QueuePair } from './pipeline-queue.ts';
import type { WeirPipeline } from './weir-pipeline.ts';

export function addOutputs(pipeline: WeirPipeline): void {
  const { requests, readings, results, table, undelivered, dashboard } = pipeline;
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
    // No hash in the name: operate/find-stack.ts tells by it what is whose.
    new CfnOutput(pipeline, name, { value }).overrideLogicalId(`${pipeline.outputPrefix}${name}`);
  }
}

/** The destination is named: what the reader set aside itself has no source queue that SQS could send it back to. */
function redriveCommand({ queue, deadLetterQueue }: QueuePair): string {
  return (
    `aws sqs start-message-move-task --source-arn ${deadLetterQueue.queueArn} ` +
    `--destination-arn ${queue.queueArn}`
  );
}
