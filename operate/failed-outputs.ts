/**
 * Failed outputs: batches that Lambda gave up and stored with their records in the stream mapping's
 * destination, a bucket on AWS or a folder in a local run. Both contain the same text in the same form.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import * as v from 'valibot';
import { isRecord } from '../functions/json.ts';

export interface FailedBatch {
  /** The object's name in the bucket, or the file's in the folder. */
  readonly name: string;
  readonly reason: string;
  /** Invocations of the writer with this batch. */
  readonly attempts: number;
  readonly records: readonly unknown[];
  /** False: Lambda did not write this object. */
  readonly sound: boolean;
  /** Keys whose outputs or dead readings are in the batch. */
  readonly keys: readonly string[];
}

export interface FailedOutputs {
  /** Names of the oldest batches, oldest first, at most `limit`. */
  list(limit: number): Promise<string[]>;
  /** Undefined: it is gone, because another operator handled it. */
  load(name: string): Promise<FailedBatch | undefined>;
  remove(name: string): Promise<void>;
}

export function outputsInFolder(folder: string): FailedOutputs {
  return {
    async list(limit) {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      const files = entries.filter((entry) => entry.isFile());
      const names = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
      return names.sort(byTime).slice(0, limit);
    },
    async load(name) {
      const text = await readFile(join(folder, name), 'utf8').catch(goneOr('ENOENT'));
      return text === undefined ? undefined : parseBatch(name, text);
    },
    remove: (name) => rm(join(folder, name)),
  };
}

export function outputsInBucket(createClient: () => Promise<S3Client>, bucket: string): FailedOutputs {
  let client: Promise<S3Client> | undefined;
  const s3 = async () => {
    client ??= createClient();
    return { sdk: await import('@aws-sdk/client-s3'), client: await client };
  };
  return {
    async list(limit) {
      const { sdk, client } = await s3();
      const names: string[] = [];
      for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket: bucket })) {
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) names.push(Key);
        if (names.length >= limit) break;
      }
      return names.sort(byTime).slice(0, limit);
    },
    async load(name) {
      const { sdk, client } = await s3();
      const asked = client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: name }));
      const object = await asked.catch(goneOr('NoSuchKey'));
      return object && parseBatch(name, (await object.Body?.transformToString()) ?? '');
    },
    async remove(name) {
      const { sdk, client } = await s3();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: name }));
    },
  };
}

/** Another operator may have removed it since it was listed. */
function goneOr(code: string): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Error)) throw error;
    if (error.name !== code && !('code' in error && error.code === code)) throw error;
    return undefined;
  };
}

/** The last part of a name begins with the time in seconds: 2026-11-22T16.20.00-<uuid>. */
function byTime(a: string, b: string): number {
  const [timeA = '', timeB = ''] = [a.split('/').at(-1), b.split('/').at(-1)];
  return timeA < timeB ? -1 : 1;
}

const Invocation = v.object({
  requestContext: v.object({ condition: v.string(), approximateInvokeCount: v.optional(v.number(), 0) }),
  payload: v.pipe(v.string(), v.parseJson(), v.object({ Records: v.array(v.unknown()) })),
});

function parseBatch(name: string, text: string): FailedBatch {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Invocation), text);
  if (!parsed.success) {
    const reason = `${name} is not what Lambda writes for a batch that it gave up: look at it by hand`;
    return { name, reason, attempts: 0, records: [], keys: [], sound: false };
  }
  const { requestContext, payload } = parsed.output;
  const { condition: reason, approximateInvokeCount: attempts } = requestContext;
  const keys = [...new Set(payload.Records.flatMap(keyOf))];
  return { name, reason, attempts, records: payload.Records, keys, sound: true };
}

/** The partition key of a stream record. */
function keyOf(record: unknown): string[] {
  const change = isRecord(record) ? record['dynamodb'] : undefined;
  const keys = isRecord(change) ? change['Keys'] : undefined;
  const pk = isRecord(keys) ? keys['pk'] : undefined;
  return isRecord(pk) && typeof pk['S'] === 'string' ? [pk['S']] : [];
}
