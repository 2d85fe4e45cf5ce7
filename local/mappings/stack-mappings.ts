/** Starts the event source mappings of a plan between its queues, streams and functions. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defined } from '../../functions/defined.ts';
import type { Calls } from '../gateway/call-counts.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import type { EngineTables } from '../storage/dynamo-tables.ts';
import type { DynamoDb } from '../storage/dynamodb.ts';
import { type FailedBatch, keepGivenUp, readGivenUp } from '../storage/failed-batches.ts';
import type { StackQueue } from '../storage/stack-queue.ts';
import type { StackPlan } from '../template/stack-spec.ts';
import { type Mapping, startQueueMapping } from './sqs-mapping.ts';
import { type StreamMapping, startStreamMapping } from './stream-mapping.ts';

export interface MappingParts {
  readonly plan: StackPlan;
  /** By name. */
  readonly queues: ReadonlyMap<string, StackQueue>;
  readonly functions: ReadonlyMap<string, LocalFunction>;
  readonly dynamo: Pick<DynamoDb, 'call' | 'trim'>;
  readonly tables: EngineTables;
  readonly calls: Calls;
  readonly onError: (error: unknown) => void;
  readonly streamBackoffMs?: number | undefined;
}

export interface Mappings {
  readonly queueMappings: readonly Mapping[];
  readonly streamMappings: readonly StreamMapping[];
  /** All mappings, by their ids in the template. */
  readonly byId: ReadonlyMap<string, Mapping>;
  /** The queues that a mapping reads. */
  readonly sources: readonly StackQueue[];
  failedBatches(): FailedBatch[];
  readonly failedBatchesFolder: string;
  stop(): Promise<void>;
}

export function startMappings(parts: MappingParts): Mappings {
  const { plan, calls, onError } = parts;
  // Created when the first batch is kept.
  const directory = join(tmpdir(), `weir-buckets-${randomUUID()}`);
  const sources = plan.queueMappings.map((mapping) => {
    const queue = [...parts.queues.values()].find(({ plan: { arn } }) => arn === mapping.queueArn);
    return queue ?? missing(mapping.id, 'queue', mapping.queueArn);
  });
  const functionOf = (mapping: { id: string; functionName: string }) =>
    parts.functions.get(mapping.functionName) ?? missing(mapping.id, 'function', mapping.functionName);

  const streamMappings = startStreams(parts, directory, functionOf);
  const queueMappings = plan.queueMappings.map((mapping, index) =>
    startQueueMapping(
      mapping,
      sources[index] ?? missing(mapping.id, 'queue', mapping.queueArn),
      functionOf(mapping),
      calls,
      onError,
    ),
  );
  const byId = new Map<string, Mapping>();
  for (const [index, mapping] of queueMappings.entries())
    byId.set(plan.queueMappings[index]?.id ?? '', mapping);
  for (const [index, mapping] of streamMappings.entries())
    byId.set(plan.streamMappings[index]?.id ?? '', mapping);
  return {
    queueMappings,
    streamMappings,
    byId,
    sources,
    failedBatches: () => readGivenUp(directory),
    failedBatchesFolder: directory,
    async stop() {
      await Promise.all([...queueMappings, ...streamMappings].map((mapping) => mapping.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function startStreams(
  { plan, dynamo, tables, calls, onError, streamBackoffMs }: MappingParts,
  directory: string,
  functionOf: (mapping: { id: string; functionName: string }) => LocalFunction,
): StreamMapping[] {
  return plan.streamMappings.map((mapping) => {
    const table = plan.tables.find(({ stream }) => stream?.arn === mapping.streamArn);
    const engineStreamArn = tables.streamArns.get(mapping.streamArn);
    if (table?.stream === undefined || engineStreamArn === undefined) {
      return missing(mapping.id, 'stream', mapping.streamArn);
    }
    const target = functionOf(mapping);
    return startStreamMapping({
      plan: mapping,
      call: dynamo.call,
      engineStreamArn,
      viewType: table.stream.viewType,
      target,
      calls,
      onError,
      onGiveUp: (batch, shardId) => keepGivenUp(directory, mapping, target.plan.arn, shardId, batch),
      // If two mappings read a stream, its records must wait for both, so they are not trimmed.
      ...(isOnlyReader(plan, mapping.streamArn)
        ? { onProgress: (sequenceNumber: string) => dynamo.trim(engineStreamArn, sequenceNumber) }
        : {}),
      ...defined({ backoffMs: streamBackoffMs }),
    });
  });
}

function isOnlyReader(plan: StackPlan, streamArn: string): boolean {
  return plan.streamMappings.filter((mapping) => mapping.streamArn === streamArn).length === 1;
}

function missing(mappingId: string, kind: string, name: string): never {
  throw new Error(`${mappingId}: ${kind} ${name} is not in the template`);
}
