/**
 * The local bucket for batches that a stream mapping gave up: a folder of files, named and written as Lambda
 * does, including the records. https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { GivenUpBatch } from '../mappings/stream-delivery.ts';
import type { StreamRecord } from '../mappings/stream-records.ts';
import type { StreamMappingPlan } from '../template/stack-spec.ts';

/** `directory` contains a folder for each bucket. */
export function keepGivenUp(
  directory: string,
  plan: StreamMappingPlan,
  functionArn: string,
  shardId: string,
  { records, reason, requestId, invokeCount }: GivenUpBatch,
): void {
  const [first, last] = [records[0], records.at(-1)];
  const now = new Date().toISOString();
  const arrival = (record: StreamRecord | undefined) =>
    new Date((record?.dynamodb.ApproximateCreationDateTime ?? 0) * 1000).toISOString();
  const invocation = {
    requestContext: { requestId, functionArn, condition: reason, approximateInvokeCount: invokeCount },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: now,
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: first?.dynamodb.SequenceNumber,
      endSequenceNumber: last?.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: arrival(first),
      approximateArrivalOfLastRecord: arrival(last),
      batchSize: records.length,
      streamArn: plan.streamArn,
    },
    payload: JSON.stringify({ Records: records }),
  };
  const bucket = plan.onFailureArn?.replace('arn:aws:s3:::', '') ?? '';
  const [day, time = ''] = now.split('T');
  const name = `${day}T${time.slice(0, 8).replaceAll(':', '.')}-${randomUUID()}`;
  const path = ['aws', 'lambda', plan.id, shardId, ...(day ?? '').split('-'), name];
  const file = join(directory, bucket, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(invocation));
}

export interface FailedBatch {
  readonly file: string;
  readonly functionArn: string;
  readonly reason: string;
  /** The records as the function received them. */
  readonly records: readonly unknown[];
}

const Invocation = v.object({
  requestContext: v.object({ functionArn: v.string(), condition: v.string() }),
  payload: v.pipe(v.string(), v.parseJson(), v.object({ Records: v.array(v.unknown()) })),
});

export function readGivenUp(directory: string): FailedBatch[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const { requestContext, payload } = v.parse(Invocation, JSON.parse(readFileSync(file, 'utf8')));
      const { functionArn, condition: reason } = requestContext;
      return { file, functionArn, reason, records: payload.Records };
    });
}
