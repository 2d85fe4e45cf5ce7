/** Adds the reader function and its event source mapping. */
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Aws } from 'aws-cdk-lib/core';
import { ENV } from '../functions/env.ts';
import { PARTITIONS_OF_READERS } from '../functions/item-names.ts';
import { isRecord } from '../functions/json.ts';
import { shownOption } from '../functions/kind-of.ts';
import { mapQueue } from './event-source-mappings.ts';
import { addFunction } from './pipeline-function.ts';
import { secretVariables } from './pipeline-secrets.ts';
import { RECEIVE, type Stage, type StageProps, type Stored, sendTo } from './stage.ts';
import type { Use } from './use.ts';

export function addReader(pipeline: Stored, props: StageProps): Stage {
  const { settings } = pipeline;
  const { bundles, environment = {}, limits, secrets = {}, surroundings } = props;
  const lambda = addFunction(pipeline, 'Reader', {
    ...settings.reader,
    bundle: bundles.reader,
    description: 'Reads what each request names, many at once, and sends the readings on.',
    logs: settings.logs,
    recursiveLoop: limits.submitHopsMax > HOPS_OF_LAMBDA ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
    environment,
    secrets: secretVariables(secrets),
    surroundings,
    uses: usesOf(pipeline, props),
  });
  const mapping = mapQueue(pipeline, 'ReaderMapping', lambda, pipeline.requests.queue, settings.reader);
  return { lambda, mapping };
}

/**
 * Lambda treats requests that submit each other as a loop and stops it after about 16 invocations. If the pipeline's own limit
 * is higher than this, Lambda's loop detection is turned off and only the pipeline's limit applies.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const HOPS_OF_LAMBDA = 12;

function usesOf(pipeline: Stored, { readFrom = [], ...file }: StageProps): Use[] {
  const { requests, readings, backfillQueue, namesSources, table } = pipeline;
  const { queue, deadLetterQueue } = requests;
  return [
    useOfRequests(queue, ENV.requestsQueueUrl),
    ...(backfillQueue === undefined ? [] : [useOfRequests(backfillQueue, ENV.backfillQueueUrl)]),
    sendTo(deadLetterQueue, ENV.requestsDeadLetterQueueUrl),
    sendTo(readings.queue, ENV.readingsQueueUrl),
    ...(namesSources ? [useOfSources(table, readersMaxOf(pipeline.settings, file))] : []),
    ...checkedPlaces(readFrom).map(({ bucketName, prefix }) => ({
      actions: ['s3:GetObject'],
      resource: `arn:${Aws.PARTITION}:s3:::${bucketName}/${prefix}*`,
      wildcard: 'The objects under the prefix are not known beforehand; the prefix is the bound.',
    })),
  ];
}

/** Without a check, an app in JavaScript would allow reads of the bucket `undefined`. */
function checkedPlaces(places: Places): Places {
  const given: unknown = places;
  const wanted = "use a list, readFrom: [{ bucketName: 'logs', prefix: 'site/' }]";
  if (!Array.isArray(given)) throw new Error(`readFrom is ${shownOption(given)}: ${wanted}`);
  for (const [index, place] of given.entries()) {
    if (!isRecord(place)) throw new Error(`readFrom[${index}] is ${shownOption(place)}: ${wanted}`);
    for (const name of ['bucketName', 'prefix']) {
      const value = place[name];
      if (typeof value !== 'string' || (name === 'bucketName' && value === ''))
        throw new Error(`readFrom[${index}].${name} is ${shownOption(value)}: ${wanted}`);
    }
  }
  return places;
}

type Places = NonNullable<StageProps['readFrom']>;

function useOfRequests({ queueArn, queueUrl }: Queue, variable: string): Use {
  return {
    // ChangeMessageVisibility: a failed read comes back after a growing delay.
    // SendMessage: for requests that a read submits, and for a request that waited for its source very often.
    actions: [...RECEIVE, 'sqs:ChangeMessageVisibility', 'sqs:SendMessage'],
    resource: queueArn,
    env: { [variable]: queueUrl },
  };
}

/**
 * Readers share the limits of sources in the table, and count attempts at requests that went back to the queue. They run the
 * user's `read`, so their role cannot reach the states.
 */
function useOfSources(table: Stored['table'], readersMax: Record<string, string>): Use {
  return {
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
    resource: table.tableArn,
    partitions: PARTITIONS_OF_READERS,
    env: { [ENV.tableName]: table.tableName, ...readersMax },
  };
}

/** Only what differs from the file, so that a stack without overrides keeps its variables. */
function readersMaxOf(
  settings: Stored['settings'],
  { limits, backfill }: Pick<StageProps, 'limits' | 'backfill'>,
): Record<string, string> {
  const live = settings.reader.maxConcurrency;
  const ofBackfill = settings.backfill?.maxConcurrency;
  return {
    ...(live === limits.readersMax ? {} : { [ENV.readersMax]: String(live) }),
    ...(ofBackfill === backfill?.readersMax ? {} : { [ENV.backfillReadersMax]: String(ofBackfill) }),
  };
}
