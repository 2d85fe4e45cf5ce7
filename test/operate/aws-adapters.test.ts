/** An operator's calls to S3, CloudWatch and Lambda: pages, refusals, and invalid answers. */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { explain } from '../../cli/terminal/explain-error.ts';
import { discardDead, listDead, redriveDead } from '../../operate/dead.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { type FailedOutputs, outputsInBucket } from '../../operate/failed-outputs.ts';
import { loadFigures } from '../../operate/figures.ts';
import { createSignedCall } from '../../operate/signed-call.ts';
import { lookAt } from '../../operate/status.ts';
import { startQueues } from './queues.ts';

const record = (key: string) => ({ dynamodb: { Keys: { pk: { S: key }, sk: { S: 'state' } } } });

/** As Lambda writes it. */
const batchOf = (keys: readonly string[]) =>
  JSON.stringify({
    requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 21 },
    payload: JSON.stringify({ Records: keys.map(record) }),
  });

/** S3 as the client sees it, two names a page. */
function mockBucket(objects: Record<string, string>) {
  const s3 = mockClient(S3Client);
  onTestFinished(() => s3.restore());
  s3.on(ListObjectsV2Command).callsFake(async ({ ContinuationToken = '0' }) => {
    const names = Object.keys(objects).sort();
    const [from, next] = [Number(ContinuationToken), Number(ContinuationToken) + 2];
    const more = next < names.length ? { IsTruncated: true, NextContinuationToken: String(next) } : {};
    return { Contents: names.slice(from, next).map((Key) => ({ Key })), ...more };
  });
  s3.on(GetObjectCommand).callsFake(async ({ Key }) => {
    const body = objects[Key];
    if (body === undefined) throw new NoSuchKey({ message: 'no such key', $metadata: {} });
    return { Body: { transformToString: async () => body } };
  });
  s3.on(DeleteObjectCommand).callsFake(async ({ Key }) => {
    delete objects[Key];
    return {};
  });
  const outputs = outputsInBucket(async () => new S3Client({ region: 'eu-west-1' }), 'bucket-1');
  return { s3, outputs };
}

async function withOutputs(
  failedOutputs: FailedOutputs,
  parts: Partial<Deployment> = {},
): Promise<Deployment> {
  const { deployment } = await startQueues();
  return { ...deployment, failedOutputs, ...parts };
}

const options = () => ({ places: ['outputs'] as const, limit: 100, signal: new AbortController().signal });
const named = (time: string, shard: string) => `aws/lambda/writer/${shard}/2026-11-22T${time}-uuid`;

describe('undelivered outputs in the bucket', () => {
  test('are listed over all pages, oldest first, with their keys', async () => {
    const objects = {
      [named('10.00.03', 'shard-a')]: batchOf(['k-3']),
      [named('10.00.01', 'shard-b')]: batchOf(['k-1', 'k-2', 'k-1']),
      [named('10.00.02', 'shard-c')]: batchOf(['k-2']),
    };
    const { s3, outputs } = mockBucket(objects);
    const letters = await listDead(await withOutputs(outputs), options());
    expect(letters).toMatchObject([
      {
        id: '2026-11-22T10.00.01-uuid',
        holds: 3,
        key: undefined,
        attempts: 21,
        reason: 'RetryAttemptsExhausted',
      },
      { id: '2026-11-22T10.00.02-uuid', holds: 1, key: 'k-2' },
      { id: '2026-11-22T10.00.03-uuid', holds: 1, key: 'k-3' },
    ]);
    expect(s3.commandCalls(ListObjectsV2Command)).toHaveLength(2);
    expect(s3.commandCalls(ListObjectsV2Command)[0]?.args[0].input).toMatchObject({ Bucket: 'bucket-1' });
  });

  test('are read only up to the limit', async () => {
    const objects = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [named(`10.00.0${n}`, 'shard'), batchOf(['k'])]),
    );
    const { s3, outputs } = mockBucket(objects);
    expect(await outputs.list(3)).toHaveLength(3);
    expect(s3.commandCalls(ListObjectsV2Command)).toHaveLength(2);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', 'junk'],
    ['another shape', '{"requestContext":{}}'],
    ['a payload that is no JSON', '{"requestContext":{"condition":"x"},"payload":"junk"}'],
    ['only where the records were', '{"requestContext":{"condition":"x"},"DDBStreamBatchInfo":{}}'],
  ])('that hold %s hide no other: they are named, not redriven, and can be discarded', async (_, body) => {
    const objects = { [named('10.00.01', 'a')]: body, [named('10.00.02', 'b')]: batchOf(['k']) };
    const { outputs } = mockBucket(objects);
    const deployment = await withOutputs(outputs, {
      call: async () => ({ from: 'a test', headers: new Headers(), text: '{"batchItemFailures":[]}' }),
    });
    const [bad, good] = await listDead(deployment, options());
    expect(bad).toMatchObject({
      holds: 0,
      reason: expect.stringMatching(/is not what Lambda writes.*by hand/),
    });
    expect(good).toMatchObject({ key: 'k' });
    const redriven = await redriveDead(deployment, 'all', options());
    expect(redriven).toMatchObject({
      done: [{ key: 'k' }],
      failed: [{ reason: expect.stringMatching(/by hand/) }],
    });
    expect(Object.keys(objects)).toEqual([named('10.00.01', 'a')]);
    await discardDead(deployment, 'all', options());
    expect(objects).toEqual({});
  });

  test('that somebody else handled in the meantime are skipped', async () => {
    const { s3, outputs } = mockBucket({ [named('10.00.02', 'b')]: batchOf(['k']) });
    const Contents = [{ Key: named('10.00.01', 'a') }, { Key: named('10.00.02', 'b') }];
    s3.on(ListObjectsV2Command).resolves({ Contents });
    expect(await listDead(await withOutputs(outputs), options())).toMatchObject([{ key: 'k' }]);
  });

  test.each([
    [
      'AccessDenied',
      /^User is not allowed\nYour role is not allowed to do that. docs\/decisions\/0012-operate.md lists/,
    ],
    ['NoSuchBucket', /^User is not allowed\nA part of the stack is gone/],
  ])('%s is reported with what to do', async (name, sentence) => {
    const { s3, outputs } = mockBucket({});
    s3.on(ListObjectsV2Command).rejects(Object.assign(new Error('User is not allowed'), { name }));
    const refused = await listDead(await withOutputs(outputs), options()).catch((error: unknown) => error);
    expect(explain(refused)).toMatch(sentence);
    const status = await lookAt(await withOutputs(outputs), NO_KEYS);
    expect(status.unknown).toContainEqual(
      expect.stringMatching(/^outputs that no write took: .*User is not/),
    );
  });
});

const NO_KEYS = { keys: { stopped: [], waiting: [], parked: 0, complete: true } };

/** Answers every call of CloudWatch and Lambda alike. */
async function serve(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: { path: string; target: string; signed: string; body: string }[] = [];
  const server = createServer((request, response) => {
    void text(request).then((sent) => {
      const { 'x-amz-target': target, authorization = '' } = request.headers;
      seen.push({ path: request.url ?? '', target: String(target), signed: authorization, body: sent });
      response.writeHead(status, headers).end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  for (const service of ['CLOUDWATCH', 'LAMBDA']) {
    vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `http://127.0.0.1:${port}`);
  }
  onTestFinished(() => void vi.unstubAllEnvs());
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const sqs = new SQSClient({ region: 'eu-west-1', credentials });
  return { seen, call: createSignedCall(sqs) };
}

describe('the figures of CloudWatch', () => {
  test('are asked for in one signed call, and told by queue and function', async () => {
    const MetricDataResults = [
      { Id: 'age0', Values: [90, 30] },
      { Id: 'writerErrors', Values: [1, 2] },
      { Id: 'writerConcurrentExecutions', Values: [2, 5, 3] },
      { Id: 'age1', Values: [] },
    ];
    const { seen, call } = await serve(200, JSON.stringify({ MetricDataResults, NextToken: null }));
    const { deployment } = await startQueues();
    const { oldestAgeMs, functions } = await loadFigures({ ...deployment, call });
    expect([...oldestAgeMs]).toEqual([[deployment.requestsQueue, 90_000]]);
    expect(functions).toEqual([
      {
        stage: 'writer',
        name: 'Writer',
        invocations: undefined,
        errors: 3,
        throttles: undefined,
        concurrent: 5,
      },
    ]);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      target: 'GraniteServiceVersion20100801.GetMetricData',
      signed: expect.stringMatching(/Credential=AKID\/\d{8}\/eu-west-1\/monitoring\/aws4_request/),
    });
  });

  test.each([
    [403, '{"__type":"AccessDeniedException","message":"no"}', /monitoring answered 403: .*AccessDenied/],
    [400, '{"__type":"ThrottlingException"}', /monitoring answered 400: .*Throttling/],
    [
      200,
      '<html>sign in</html>',
      /monitoring POST .* at http:\/\/127.* answered with status 200, which is no JSON: <html>sign in/,
    ],
    [200, '{"MetricDataResults":[{"Values":"x"}]}', /CloudWatch answered no figures/],
  ])('that are refused or invalid (%i) leave the rest of the status intact', async (status, body, why) => {
    const { call } = await serve(status, body);
    const dynamo = new DynamoDBClient({});
    mockClient(dynamo).on(QueryCommand).resolves({ Items: [] });
    const look = await lookAt(await withOutputs(mockBucket({}).outputs, { call, dynamo }), NO_KEYS);
    expect(look.functions).toEqual([]);
    expect(look.unknown).toEqual([expect.stringMatching(why)]);
    expect(look.requests).toMatchObject({ visible: 0, oldestAgeMs: undefined });
  });
});

describe('outputs given to the writer again', () => {
  const redrive = async (status: number, body: string, headers: Record<string, string> = {}) => {
    const objects = { [named('10.00.01', 'a')]: batchOf(['k', 'l']) };
    const { outputs } = mockBucket(objects);
    const { seen, call } = await serve(status, body, headers);
    const deployment = await withOutputs(outputs, { call });
    return { seen, objects, ...(await redriveDead(deployment, 'all', options())) };
  };

  test('go to it in one invocation, and are removed when it accepted them', async () => {
    const { seen, objects, done } = await redrive(200, '{"batchItemFailures":[]}');
    expect(done).toHaveLength(1);
    expect(objects).toEqual({});
    expect(seen[0]?.path).toBe('/2015-03-31/functions/Writer/invocations');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ Records: [record('k'), record('l')] });
  });

  test.each([
    [
      200,
      '{"batchItemFailures":[{"itemIdentifier":"1"}]}',
      {},
      /failed over 1 of 2 records again: its log says why/,
    ],
    [
      200,
      '{"errorMessage":"x"}',
      { 'x-amz-function-error': 'Unhandled' },
      /the writer ended with an error: .*errorMessage/,
    ],
    [200, 'null', {}, /^Writer answered "null": that is no writer of Weir/],
    [404, '{"Message":"Function not found"}', {}, /lambda answered 404: .*Function not found/],
    [
      403,
      '{"Message":"not authorized to perform: lambda:InvokeFunction"}',
      {},
      /lambda answered 403: .*InvokeFunction/,
    ],
    [429, '{"Reason":"ConcurrentInvocationLimitExceeded"}', {}, /lambda answered 429/],
  ])('stay in the bucket when it answers %i %s', async (status, body, headers, reason) => {
    const { objects, done, failed } = await redrive(status, body, headers);
    expect(done).toEqual([]);
    expect(failed).toMatchObject([{ reason: expect.stringMatching(reason) }]);
    expect(Object.keys(objects)).toHaveLength(1);
  });

  test('are not sent if the writer is unknown', async () => {
    const { outputs } = mockBucket({ [named('10.00.01', 'a')]: batchOf(['k']) });
    const { failed } = await redriveDead(await withOutputs(outputs, { functions: {} }), 'all', options());
    expect(failed).toMatchObject([
      { reason: expect.stringMatching(/allow cloudformation:DescribeStackResources/) },
    ]);
  });
});
