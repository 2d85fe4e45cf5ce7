/** Computes the readings of each key, one at a time. */
import { ENV } from '../functions/env.ts';
import { mapQueue } from './event-source-mappings.ts';
import { addFunction } from './pipeline-function.ts';
import { RECEIVE, type Stage, type StageProps, type Stored } from './stage.ts';

export function addCompute(pipeline: Stored, { bundles, surroundings }: StageProps): Stage {
  const { settings, table } = pipeline;
  const { queue } = pipeline.readings;
  const lambda = addFunction(pipeline, 'Compute', {
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
        resource: table.tableArn,
        env: { [ENV.tableName]: table.tableName },
      },
    ],
  });
  const mapping = mapQueue(pipeline, 'ComputeMapping', lambda, queue, settings.compute);
  return { lambda, mapping };
}
