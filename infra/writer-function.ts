/** Adds the writer function and its event source mapping. */
import { ENV } from '../functions/env.ts';
import { mapStream } from './event-source-mappings.ts';
import { addFunction } from './pipeline-function.ts';
import { secretVariables } from './pipeline-secrets.ts';
import { type Stage, type StageProps, type Stored, sendTo } from './stage.ts';
import { streamArnOf } from './state-table.ts';
import type { Use } from './use.ts';
import { addWakes } from './wakes.ts';

export function addWriter(pipeline: Stored, props: StageProps): Stage {
  const { settings, table, undelivered } = pipeline;
  const { bundles, environment = {}, secrets = {}, surroundings, wakes } = props;
  const streamArn = streamArnOf(table);
  const lambda = addFunction(pipeline, 'Writer', {
    ...settings.writer,
    bundle: bundles.writer,
    description: 'Delivers the outputs of committed states, and dead readings to their queue.',
    logs: settings.logs,
    environment,
    secrets: secretVariables(secrets),
    surroundings,
    uses: [
      ...usesOf(pipeline, streamArn, props),
      ...(wakes ? addWakes(pipeline, pipeline.readings.queue, surroundings.encryptionKey) : []),
    ],
  });
  const stream = { streamArn, undelivered, wakes };
  const mapping = mapStream(pipeline, 'WriterMapping', lambda, settings.writer, stream);
  return { lambda, mapping };
}

function usesOf(
  { readings, requests, results, table, undelivered }: Stored,
  streamArn: string,
  { writes }: StageProps,
): Use[] {
  return [
    {
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
      resource: streamArn,
    },
    // Lambda needs ListStreams when it makes the mapping. The action takes no resource.
    {
      actions: ['dynamodb:ListStreams'],
      resource: '*',
      wildcard: 'ListStreams takes no resource, and Lambda makes no mapping without it.',
    },
    {
      actions: ['dynamodb:GetItem'],
      resource: table.tableArn,
      env: { [ENV.tableName]: table.tableName },
    },
    sendTo(readings.deadLetterQueue, ENV.readingsDeadLetterQueueUrl),
    // For requests that a write submits.
    ...(writes ? [sendTo(requests.queue, ENV.requestsQueueUrl)] : []),
    ...(results === undefined ? [] : [sendTo(results.queue, ENV.resultsQueueUrl)]),
    // Lambda puts undelivered records into the bucket with the function's role.
    {
      actions: ['s3:PutObject'],
      resource: undelivered.arnForObjects('*'),
      wildcard: "Lambda names the objects; the bucket is this pipeline's own and holds nothing else.",
    },
    { actions: ['s3:ListBucket'], resource: undelivered.bucketArn },
  ];
}
