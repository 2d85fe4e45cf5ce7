/** Adds the compute function and its event source mapping. */
import { Alias, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../functions/env.ts';
import type { ShadowVariables } from './bundling/shadow.ts';
import { mapQueue } from './event-source-mappings.ts';
import { addFunction } from './pipeline-function.ts';
import { RECEIVE, type Stage, type StageProps, type Stored } from './stage.ts';

export function addCompute(pipeline: Stored, { bundles, shadow, surroundings }: StageProps): Stage {
  const { settings, table } = pipeline;
  const { queue } = pipeline.readings;
  const lambda = addFunction(pipeline, 'Compute', {
    ...settings.compute,
    bundle: bundles.compute,
    description: 'Computes the readings of each key, one at a time, and commits state and outputs.',
    logs: settings.logs,
    ...(shadow && { environment: variablesOf(shadow) }),
    surroundings,
    uses: [
      { actions: RECEIVE, resource: queue.queueArn },
      {
        // A transaction needs only the actions of its parts. Query reads pages of receipts and parked messages, DeleteItem
        // removes parked messages that were applied.
        actions: ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query'],
        resource: table.tableArn,
        env: { [ENV.tableName]: table.tableName },
      },
    ],
  });
  const mapping = mapQueue(pipeline, 'ComputeMapping', lambda, queue, settings.compute);
  const { provisionedConcurrency } = settings.compute;
  // Provisioned concurrency needs a version; $LATEST cannot have it.
  if (provisionedConcurrency > 0) mapping.functionName = addReady(pipeline, lambda, provisionedConcurrency);
  return { lambda, mapping };
}

/** Returns the ARN of the alias that the mapping invokes. */
function addReady(pipeline: Stored, lambda: LambdaFunction, provisionedConcurrentExecutions: number): string {
  const { functionArn } = new Alias(pipeline, 'ComputeReady', {
    aliasName: 'ready',
    version: lambda.currentVersion,
    provisionedConcurrentExecutions,
  });
  return functionArn;
}

function variablesOf({ percent, code }: ShadowVariables): Record<string, string> {
  return { [ENV.shadowPercent]: String(percent), [ENV.shadowCode]: code };
}
