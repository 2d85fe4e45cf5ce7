import { createServer, type IncomingMessage } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createJsonCall } from '../../../local/gateway/json-call.ts';
import { createTables } from '../../../local/storage/dynamo-tables.ts';
import { createRemoteQueues } from '../../../local/storage/remote-queues.ts';
import { endpointFor } from '../../../operate/endpoints.ts';

interface Reply {
  readonly status?: number;
  readonly text: string;
}

/** An engine of a few words. */
async function engine(
  answer: (target: string, body: string, request: IncomingMessage) => Reply,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += String(data);
    });
    request.on('end', () => {
      const { status = 200, text } = answer(String(request.headers['x-amz-target']), body, request);
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

test('an empty body is an empty answer', async () => {
  const call = createJsonCall(await engine(() => ({ text: '' })));
  expect(await call('AmazonSQS.DeleteQueue', {})).toEqual({});
});

test('an answer that is not JSON is reported with endpoint, status and its first words', async () => {
  const url = await engine(() => ({ status: 404, text: '<html>\n  <h1>It works!</h1>' }));
  await expect(createJsonCall(url)('AmazonSQS.GetQueueUrl', {})).rejects.toThrow(
    `AmazonSQS.GetQueueUrl at ${url} answered with status 404, which is no JSON: <html> <h1>It works!</h1>`,
  );
});

test('a connection that an engine accepts late is tried again; one that breaks off, only if the call can be repeated', async () => {
  const url = await engine(() => ({ text: '{"QueueUrls":[]}' }));
  const failed = (code: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
  const fetched = vi.spyOn(globalThis, 'fetch');
  onTestFinished(() => fetched.mockRestore());
  fetched.mockRejectedValueOnce(failed('UND_ERR_CONNECT_TIMEOUT'));
  expect(await createJsonCall(url)('AmazonSQS.ListQueues', {})).toEqual({ QueueUrls: [] });
  fetched.mockRejectedValueOnce(failed('ECONNRESET'));
  expect(await createJsonCall(url)('AmazonSQS.GetQueueAttributes', {})).toEqual({ QueueUrls: [] });
  fetched.mockRejectedValueOnce(failed('ECONNRESET'));
  await expect(createJsonCall(url)('AmazonSQS.SendMessageBatch', {})).rejects.toThrow(
    `AmazonSQS.SendMessageBatch at ${url}: ECONNRESET`,
  );
});

test('calls are signed for the service that they go to', async () => {
  const signed: string[] = [];
  const url = await engine((_target, _body, { headers }) => {
    signed.push(/us-east-1\/(\w+)\//.exec(String(headers.authorization))?.[1] ?? '');
    return { text: '{}' };
  });
  for (const target of [
    'AmazonSQS.ListQueues',
    'DynamoDB_20120810.ListTables',
    'DynamoDBStreams_20120810.ListStreams',
  ])
    await createJsonCall(url)(target, {});
  expect(signed).toEqual(['sqs', 'dynamodb', 'dynamodb']);
});

test('a service has its own endpoint, or that of all services', () => {
  const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:2' };
  expect([endpointFor('SQS', env), endpointFor('DYNAMODB', env)]).toEqual([
    'http://127.0.0.1:2',
    'http://127.0.0.1:1',
  ]);
  expect(endpointFor('LAMBDA', { AWS_ENDPOINT_URL_LAMBDA: '' })).toBeUndefined();
  expect(() => endpointFor('SQS', { AWS_ENDPOINT_URL_SQS: 'localhost' })).toThrow(
    'AWS_ENDPOINT_URL_SQS is "localhost": give an address such as http://127.0.0.1:4566',
  );
});

const queuePlan = (name: string) => ({
  id: name,
  name,
  arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
  url: `http://127.0.0.1/0/${name}`,
  fifo: false,
  visibilityTimeoutSeconds: 1,
  retentionSeconds: 60,
  delaySeconds: 0,
  ...({
    contentBasedDeduplication: false,
    deduplicationScope: 'queue',
    throughputLimit: 'perQueue',
  } as const),
  redrive: undefined,
});

test('a start that fails leaves no queue in an engine elsewhere', async () => {
  const there = new Set<string>();
  const url = await engine((target, body) => {
    const { QueueName, QueueUrl } = JSON.parse(body);
    if (target.endsWith('GetQueueUrl')) return { status: 400, text: '{"__type":"x#QueueDoesNotExist"}' };
    if (QueueName === 'second')
      return { status: 400, text: '{"__type":"InvalidAttributeName","message":"no"}' };
    if (target.endsWith('CreateQueue')) there.add(`http://there/${QueueName}`);
    if (target.endsWith('DeleteQueue')) there.delete(QueueUrl);
    return { text: JSON.stringify({ QueueUrl: `http://there/${QueueName}` }) };
  });
  await expect(createRemoteQueues(url, [queuePlan('first'), queuePlan('second')])).rejects.toThrow(
    'InvalidAttributeName: no',
  );
  expect([...there]).toEqual([]);
});

test('a start that fails leaves no table in an engine elsewhere', async () => {
  const there = new Set<string>();
  const url = await engine((target, body) => {
    const { TableName } = JSON.parse(body);
    if (TableName === 'second')
      return { status: 400, text: '{"__type":"x#ValidationException","message":"no"}' };
    if (target.endsWith('CreateTable')) there.add(TableName);
    if (target.endsWith('DeleteTable')) there.delete(TableName);
    return { text: '{}' };
  });
  const tablePlan = (name: string) => ({
    id: name,
    name,
    arn: name,
    attributes: [],
    keys: [],
    stream: undefined,
    ttlAttribute: undefined,
  });
  const dynamo = { name: url, call: createJsonCall(url) };
  await expect(createTables(dynamo, [tablePlan('first'), tablePlan('second')])).rejects.toThrow('no');
  expect([...there]).toEqual([]);
});
