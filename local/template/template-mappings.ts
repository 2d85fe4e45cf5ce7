/** Event source mappings of a template. Those of a queue and those of a stream share a type, but few settings. */
import * as v from 'valibot';
import { parseJson } from '../../functions/json.ts';
import { compileFilters } from '../mappings/filter.ts';
import type { QueueMappingPlan, StreamMappingPlan } from './stack-spec.ts';
import { count, flag, parseProperties, passedOver, type Resource } from './template-resources.ts';

/** `feeds` are functions whose source may be elsewhere: their mappings are passed over then. `here`: the queues and streams of the template. */
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
  // More than ten need a batching window, which the local run does not have.
  BatchSize: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10)), 10),
  MaximumBatchingWindowInSeconds: v.optional(v.literal(0)),
  ScalingConfig: v.optional(v.object({ MaximumConcurrency: v.optional(v.pipe(count, v.minValue(2))) })),
  ProvisionedPollerConfig: v.optional(v.object({ MinimumPollers: count, MaximumPollers: count })),
});

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const RUNS_PER_POLLER = 10;

/** What Lambda scales a mapping without MaximumConcurrency up to. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
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

/** A bucket keeps the records; a queue or a topic would get their position only. */
const BucketArn = v.pipe(v.string(), v.startsWith('arn:aws:s3:::'));

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
const StreamMappingProperties = v.strictObject({
  ...common,
  BatchSize: v.optional(v.pipe(count, v.minValue(1), v.maxValue(10_000)), 100),
  MaximumBatchingWindowInSeconds: v.optional(v.literal(0)),
  // A table of this machine is empty when its mapping begins, so both begin at its first record.
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

/** A mapping may name its function by name or by ARN, and an alias of it by its ARN. */
function functionNameOf(nameOrArn: string): string {
  return /:function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** -1 is AWS's word for no limit. */
function limitOf(value: number): number | undefined {
  return value === -1 ? undefined : value;
}
