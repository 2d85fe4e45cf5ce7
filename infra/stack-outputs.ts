/** What a deployment prints at its end: the addresses, and commands that are ready to be used. */
import { Aws, CfnOutput, Stack } from 'aws-cdk-lib/core';
import type { QueuePair } from './pipeline-queue.ts';
import type { WeirPipeline } from './weir-pipeline.ts';

export function addOutputs(pipeline: WeirPipeline): void {
  const { requests, readings, results, table, undelivered, dashboard } = pipeline;
  const { stackName } = Stack.of(pipeline);
  const outputs: Record<string, string> = {
    RequestsQueueUrl: requests.queue.queueUrl,
    RequestsDeadLetterQueueUrl: requests.deadLetterQueue.queueUrl,
    ReadingsQueueUrl: readings.queue.queueUrl,
    ReadingsDeadLetterQueueUrl: readings.deadLetterQueue.queueUrl,
    ...(results === undefined ? {} : { ResultsQueueUrl: results.queue.queueUrl }),
    StateTableName: table.tableName,
    UndeliveredBucketName: undelivered.bucketName,
    SubmitCommand: `aws sqs send-message --queue-url ${requests.queue.queueUrl} --message-body file://request.json`,
    RedriveRequestsCommand: redriveCommand(requests),
    StatusCommand: `npx weir status --stack ${stackName}`,
    ...(dashboard === undefined
      ? {}
      : {
          DashboardUrl:
            `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home` +
            `?region=${Aws.REGION}#dashboards:name=${stackName}`,
        }),
  };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(pipeline, name, { value });
}

/** The destination is named: what the reader set aside itself has no source queue that SQS could send it back to. */
function redriveCommand({ queue, deadLetterQueue }: QueuePair): string {
  return (
    `aws sqs start-message-move-task --source-arn ${deadLetterQueue.queueArn} ` +
    `--destination-arn ${queue.queueArn}`
  );
}
