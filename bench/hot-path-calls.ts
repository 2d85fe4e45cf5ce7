/**
 * Counts the functions' calls to DynamoDB and SQS when nothing fails: the bundles of a checkout, invoked with the
 * same batches against a server that accepts everything. Prints a line for each batch.
 *
 * node bench/hot-path-calls.ts [CHECKOUT]    default: this one; for an earlier one: git worktree add DIR COMMIT
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import * as v from 'valibot';
import { ENV } from '../functions/env.ts';

const checkout = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const Call = v.object({
  Entries: v.optional(v.array(v.object({ Id: v.string(), MessageBody: v.string() })), []),
});
const Bundles = v.object({ reader: v.string(), compute: v.string() });
type Handler = (event: unknown, context: object) => Promise<unknown>;

const counts = new Map<string, number>();
const server = createServer(async (request, response) => {
  const target = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
  counts.set(target, (counts.get(target) ?? 0) + 1);
  const { Entries } = v.parse(Call, JSON.parse(await text(request)));
  const Successful = Entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: Id,
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
  }));
  response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify({ Successful }));
});
await new Promise<void>((started) => server.listen(0, '127.0.0.1', started));
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('no port');
const url = `http://127.0.0.1:${address.port}`;
const queue = (name: string) => `${url}/000000000000/${name}`;
Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_ENDPOINT_URL_DYNAMODB: url,
  AWS_ENDPOINT_URL_SQS: url,
  [ENV.tableName]: 'table',
  [ENV.stackName]: 'stack',
  [ENV.tracedPercent]: '0',
  [ENV.requestsQueueUrl]: queue('requests'),
  [ENV.requestsDeadLetterQueueUrl]: queue('requests-dead'),
  [ENV.readingsQueueUrl]: queue('readings.fifo'),
});

const folder = mkdtempSync(join(tmpdir(), 'weir-calls-'));
try {
  const { reader, compute } = await bundle(folder);
  const requests = (first: number) =>
    Array.from({ length: 10 }, (_, n) => record(`r${first + n}`, JSON.stringify(requestFor(`k${n}`))));
  const readings = (batch: number, keyOf: (n: number) => string) =>
    Array.from({ length: 10 }, (_, n) => readingsRecord(keyOf(n), batch * 10 + n));
  const own = (n: number) => `k${n}`;
  await show('reader: 10 requests, a reading each', reader, requests(0));
  await show('compute: 10 cold keys', compute, readings(1, own));
  await show('compute: the same 10 keys, warm', compute, readings(2, own));
  await show(
    'compute: 10 messages of one cold key',
    compute,
    readings(3, () => 'hot'),
  );
  await show(
    'compute: 10 more of it, warm',
    compute,
    readings(4, () => 'hot'),
  );
} finally {
  rmSync(folder, { recursive: true });
  server.close();
  server.closeAllConnections();
}

async function bundle(into: string): Promise<{ reader: Handler; compute: Handler }> {
  const places = ['infra/bundling/bundle.ts', 'infra/bundle.ts'].map((file) => join(checkout, file));
  const file = places.find((place) => existsSync(place));
  if (file === undefined) throw new Error(`no bundler in ${checkout}`);
  const { bundleFunctions }: Record<string, unknown> = await import(pathToFileURL(file).href);
  if (typeof bundleFunctions !== 'function') throw new Error(`${file} exports no bundleFunctions`);
  const bundles = v.parse(Bundles, await bundleFunctions(join(checkout, 'bench/pipelines/totals.ts'), into));
  return { reader: await handlerIn(bundles.reader), compute: await handlerIn(bundles.compute) };
}

async function handlerIn(directory: string): Promise<Handler> {
  const { handler }: Record<string, unknown> = await import(pathToFileURL(join(directory, 'index.mjs')).href);
  if (typeof handler !== 'function') throw new Error(`no handler in ${directory}`);
  return async (event, context) => handler(event, context);
}

async function show(what: string, handler: Handler, Records: readonly object[]): Promise<void> {
  counts.clear();
  const answer = await handler({ Records }, { getRemainingTimeInMillis: () => 20_000, awsRequestId: 'r' });
  const calls = [...counts].sort().map(([name, count]) => `${name} ${count}`);
  console.log(`${what}: ${calls.join(', ')}; answer ${JSON.stringify(answer)}`);
}

function requestFor(key: string) {
  return { key, readMs: 0, busyMs: 0, blockMs: 0, values: [1] };
}

function readingsRecord(key: string, n: number) {
  const reading = { key, value: 1, busyMs: 0, blockMs: 0 };
  const message = { v: 1, request: `r${n}`, since: Date.now(), key, chunk: 0, of: 1, read: 'a'.repeat(16) };
  const attributes = { MessageGroupId: key, SequenceNumber: String(1_000 + n) };
  return record(`m${n}`, JSON.stringify({ ...message, readings: [reading] }), attributes);
}

function record(messageId: string, body: string, more: object = {}) {
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()), ...more };
  return { messageId, receiptHandle: messageId, body, attributes, messageAttributes: {} };
}
