/** Event source mappings of a template. Those of queues and of streams share a type but few settings. */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { compileFilters } from '../mappings/filter.ts';
import type { QueueMappingPlan, StreamMappingPlan } from './stack-spec.ts';
import { count, flag, parseProperties, passedOver, type Resource } from './template-resources.ts';

/**
 * `feeds` are functions whose source may be external: their mappings are then left out. `here`: the queues
 * and streams of the template.
 */
export function planMappings(
  resources: readonly Resource[],
  { feeds, here }: { readonly feeds: ReadonlySet<string>; readonly here: ReadonlySet<string> },
): {
  queueMappings: QueueMappingPlan[];
  streamMappings: StreamMappingPlan[];
} {
  const isElsewhere = ({ properties }: Resource) =>
    feeds.has(functionNameOf(String(properties['FunctionName']))) &&
    !here.has(String(properties['EventSourceArn']));
  const played = resources.filter((resource) => !isElsewhere(resource));
  const ofService = (service: string) =>
    played.filter(({ properties }) => String(properties['EventSourceArn']).startsWith(`arn:aws:${service}:`));
  const [queues, streams] = [ofService('sqs'), ofService('dynamodb')];
  const other = played.find((resource) => !queues.includes(resource) && !streams.includes(resource));
  if (other !== undefined) {
    throw new Error(
      `${other.id}: the local run knows queues and streams as event sources, not ${String(other.properties['EventSourceArn'])}`,
    );
  }
  return { queueMappings: queues.map(planQueueMapping), streamMappings: streams.map(planStreamMapping) };
}

const common = {
  EventSourceArn: v.string(),
  FunctionName: v.string(),
  FunctionResponseTypes: v.optional(v.array(v.literal('ReportBatchItemFailures')), []),
  Enabled: v.optional(v.literal(true)),
  Tags: passedOver,
  KmsKeyArn: passedOver,
  MetricsConfig: passedOver,
};

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
const QueueMappingProperties = v.strictObject({
  ...common,
  // More than ten would need a batching window, which the local run does not have.
  BatchSize: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10)), 10),
  MaximumBatchingWindowInSeconds: v.optional(v.literal(0)),
  ScalingConfig: v.optional(v.object({ MaximumConcurrency: v.optional(v.pipe(count, v.minValue(2))) })),
  ProvisionedPollerConfig: v.optional(v.object({ MinimumPollers: count, MaximumPollers: count })),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const RUNS_PER_POLLER = 10;

/**
 * Lambda's limit for a mapping without MaximumConcurrency.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const CONCURRENCY_MAX = 1250;

function planQueueMapping(resource: Resource): QueueMappingPlan {
  const properties = parseProperties(resource, QueueMappingProperties);
  return {
    id: resource.id,
    queueArn: properties.EventSourceArn,
    functionName: functionNameOf(properties.FunctionName),
    batchSize: properties.BatchSize,
    concurrencyMax: Math.min(
      properties.ScalingConfig?.MaximumConcurrency ??
        RUNS_PER_POLLER * (properties.ProvisionedPollerConfig?.MaximumPollers ?? CONCURRENCY_MAX),
      CONCURRENCY_MAX,
    ),
    partialResponses: properties.FunctionResponseTypes.length > 0,
  };
}

/** A bucket receives the records; a queue or a topic would only get their position. */
const BucketArn = v.pipe(v.string(), v.startsWith('arn:aws:s3:::'));

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
const StreamMappingProperties = v.strictObject({
  ...common,
  BatchSize: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10_000)), 100),
  MaximumBatchingWindowInSeconds: v.optional(v.literal(0)),
  // A local table is empty when its mapping starts, so both begin at its first record.
  StartingPosition: v.picklist(['TRIM_HORIZON', 'LATEST']),
  ParallelizationFactor: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10)), 1),
  BisectBatchOnFunctionError: v.optional(flag, false),
  MaximumRetryAttempts: v.optional(count, -1),
  MaximumRecordAgeInSeconds: v.optional(count, -1),
  DestinationConfig: v.optional(v.object({ OnFailure: v.optional(v.object({ Destination: BucketArn })) })),
  FilterCriteria: v.optional(v.object({ Filters: v.array(v.object({ Pattern: v.string() })) })),
});

function planStreamMapping(resource: Resource): StreamMappingPlan {
  const properties = parseProperties(resource, StreamMappingProperties);
  const filters = properties.FilterCriteria?.Filters ?? [];
  const patterns = filters.map((filter) => parseJson(filter.Pattern, `${resource.id}: a filter pattern`));
  try {
    compileFilters(patterns);
  } catch (error) {
    throw new Error(`${resource.id}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  return {
    id: resource.id,
    streamArn: properties.EventSourceArn,
    functionName: functionNameOf(properties.FunctionName),
    batchSize: properties.BatchSize,
    lanes: properties.ParallelizationFactor,
    partialResponses: properties.FunctionResponseTypes.length > 0,
    bisect: properties.BisectBatchOnFunctionError,
    retriesMax: limitOf(properties.MaximumRetryAttempts),
    recordAgeSecondsMax: limitOf(properties.MaximumRecordAgeInSeconds),
    onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
    filters: patterns,
  };
}

/** A mapping may name its function by name or ARN, and an alias by its ARN. */
function functionNameOf(nameOrArn: string): string {
  return /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** AWS writes "no limit" as -1. */
function limitOf(value: number): number | undefined {
  return value === -1 ? undefined : value;
}
