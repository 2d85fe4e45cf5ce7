/**
 * The clients of the functions beside the SDK's own as they come: what is left out changes no call and no answer to a
 * trouble. Each table has both, against a server that checks every signature with the SDK's signer.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLIENT_SETTINGS } from '../../../functions/aws/client-settings.ts';
import { createDynamoClient } from '../../../functions/aws/dynamo-state-store.ts';
import { Sha256 } from '../../../functions/aws/sha256.ts';
import { createSigner } from '../../../functions/aws/signer.ts';
import { createSqsClient } from '../../../functions/aws/sqs.ts';

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly url: string;
}

type Answer = (call: number, response: ServerResponse) => void;

let answer: Answer = ok;
const seen: Seen[] = [];
const server = createServer(async (request, response) => {
  seen.push({ headers: request.headers, body: await buffer(request), url: request.url ?? '' });
  answer(seen.length, response);
});

function ok(_call: number, response: ServerResponse): void {
  reply(response, 200, {});
}

function reply(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0', ...headers });
  response.end(JSON.stringify(body));
}

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${address.port}`);
  vi.stubEnv('AWS_REGION', 'eu-west-3');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  seen.length = 0;
  answer = ok;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const DYNAMO = [
  ['the SDK as it comes', () => new DynamoDBClient(CLIENT_SETTINGS)],
  ['the lean one', createDynamoClient],
] as const;
const SQS = [
  ['the SDK as it comes', () => new SQSClient(CLIENT_SETTINGS)],
  ['the lean one', createSqsClient],
] as const;

const put = () =>
  new PutItemCommand({ TableName: 't', Item: { pk: { S: 'k' }, b: { B: new Uint8Array([1, 2]) } } });
const get = () => new GetItemCommand({ TableName: 't', Key: { pk: { S: 'k' } } });

/** What the headers say was signed, signed again by the SDK. */
async function signedBySdk({ headers, body }: Seen, service: string): Promise<string> {
  const authorization = String(headers.authorization);
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  expect(names).toEqual(expect.arrayContaining(['content-type', 'host', 'x-amz-date', 'x-amz-target']));
  const [, token] = names.includes('x-amz-security-token') ? [0, headers['x-amz-security-token']] : [];
  const at = String(headers['x-amz-date']).replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5');
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: /Credential=([^/]+)/.exec(authorization)?.[1] ?? '',
      secretAccessKey: 'secret',
      ...(token === undefined ? {} : { sessionToken: String(token) }),
    },
    region: 'eu-west-3',
    service,
    sha256: Sha256,
    applyChecksum: names.includes('x-amz-content-sha256'),
  });
  const own = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
  const request = { method: 'POST', protocol: 'http:', hostname: 'h', path: '/', headers: own, body };
  const { headers: signed } = await signer.sign(request, { signingDate: new Date(at) });
  return String(signed['authorization']);
}

describe('a call that is made', () => {
  test.each(DYNAMO)(
    'by %s has a signature that is right, its type, target, length and user agent',
    async (_, create) => {
      const client = create();
      await client.send(put());
      await client.send(get());
      for (const call of seen) {
        expect(call.headers.authorization).toBe(await signedBySdk(call, 'dynamodb'));
        expect(call.headers['content-length']).toBe(String(call.body.length));
        expect(call.headers['user-agent']).toMatch(/^aws-sdk-js\/3\.\d+\.\d+ .*md\/nodejs#\d+/);
      }
      expect(JSON.parse(String(seen[0]?.body))).toEqual({
        TableName: 't',
        Item: { pk: { S: 'k' }, b: { B: 'AQI=' } },
      });
      expect(seen.map(({ headers }) => headers['x-amz-target'])).toEqual([
        'DynamoDB_20120810.PutItem',
        'DynamoDB_20120810.GetItem',
      ]);
      client.destroy();
    },
  );

  test.each(SQS)('by %s to a queue passes on the trace by which Lambda ends a loop', async (_, create) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'reader');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:1');
    const client = create();
    const Entries = [{ Id: '0', MessageBody: 'é' }];
    answer = (_call, response) =>
      reply(response, 200, {
        Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '49b3aa1b1ae89cd3b0f0e2dd3b0e4a3e' }],
      });
    await client
      .send(new SendMessageBatchCommand({ QueueUrl: `${process.env['AWS_ENDPOINT_URL']}/0/q`, Entries }))
      .catch(() => undefined);
    expect(seen[0]?.headers['x-amzn-trace-id']).toMatch(/^Root=1-5759e988/);
    expect(seen[0]?.headers.authorization).toBe(await signedBySdk(seen[0] as Seen, 'sqs'));
    client.destroy();
  });
});

describe('a trouble', () => {
  test.each(DYNAMO)(
    'a clock that is an hour off is corrected by %s, and the call is made again at the right time',
    async (_, create) => {
      const hour = new Date(Date.now() + 3_600_000);
      answer = (call, response) =>
        call === 1
          ? reply(
              response,
              400,
              { __type: 'InvalidSignatureException', message: 'Signature not yet current' },
              { date: hour.toUTCString() },
            )
          : reply(response, 200, {}, { date: hour.toUTCString() });
      const client = create();
      await client.send(put());
      await client.send(put());
      const timeOf = ({ headers }: Seen) => String(headers['x-amz-date']).slice(0, 11);
      expect(timeOf(seen[0] as Seen)).not.toBe(timeOf(seen[1] as Seen));
      const expected = hour.toISOString().replace(/[-:]/g, '').slice(0, 11);
      expect(seen.slice(1).map(timeOf)).toEqual([expected, expected]);
      for (const call of seen) expect(call.headers.authorization).toBe(await signedBySdk(call, 'dynamodb'));
      client.destroy();
    },
  );

  test.each(DYNAMO)(
    'a throttled call is made three times by %s, and fails with the name that AWS gave',
    async (_, create) => {
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      answer = (_call, response) => reply(response, 400, { __type, message: 'slow down' });
      const client = create();
      await expect(client.send(put())).rejects.toMatchObject({
        name: 'ProvisionedThroughputExceededException',
        $metadata: { httpStatusCode: 400, attempts: 3 },
      });
      expect(seen.map(({ headers }) => headers['amz-sdk-request'])).toEqual([
        'attempt=1; max=3',
        'attempt=2; max=3',
        'attempt=3; max=3',
      ]);
      client.destroy();
    },
  );

  test.each(DYNAMO)(
    'expired credentials fail at once with %s, and are not tried again',
    async (_, create) => {
      answer = (call, response) =>
        call === 1
          ? reply(response, 400, {
              __type: 'com.amazon.coral.service#ExpiredTokenException',
              message: 'expired',
            })
          : reply(response, 200, {});
      const client = create();
      await expect(client.send(put())).rejects.toMatchObject({ name: 'ExpiredTokenException' });
      expect(seen).toHaveLength(1);
      client.destroy();
    },
  );

  test.each(DYNAMO)('an answer that is no JSON fails with its status by %s', async (_, create) => {
    answer = (_call, response) => response.writeHead(200, { 'x-amzn-requestid': 'r-1' }).end('<html>');
    const client = create();
    await expect(client.send(get())).rejects.toMatchObject({ $metadata: { httpStatusCode: 200 } });
    client.destroy();
  });
});

describe('where a call goes', () => {
  test.each([
    ...DYNAMO.map(
      ([name, create]) => [name, create, 'us-east-1', 'dynamodb.us-east-1.amazonaws.com'] as const,
    ),
    ...DYNAMO.map(
      ([name, create]) => [name, create, 'cn-north-1', 'dynamodb.cn-north-1.amazonaws.com.cn'] as const,
    ),
    ...DYNAMO.map(
      ([name, create]) => [name, create, 'us-gov-west-1', 'dynamodb.us-gov-west-1.amazonaws.com'] as const,
    ),
  ])('%s, %#: the partition of the region says it', async (_, create, region, host) => {
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    vi.stubEnv('AWS_REGION', region);
    const client = create();
    const asked: { hostname: string; signed: string }[] = [];
    client.config.requestHandler.handle = async (request) => {
      asked.push({ hostname: request.hostname, signed: String(request.headers['authorization']) });
      throw Object.assign(new Error('no network here'), { name: 'NoNetwork' });
    };
    await expect(client.send(put())).rejects.toThrow('no network here');
    expect(asked[0]?.hostname).toBe(host);
    expect(asked[0]?.signed).toContain(`/${region}/dynamodb/aws4_request`);
    client.destroy();
  });
});

test('a signature is that of the SDK’s own signer, whatever is sent and when', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 });
  const word = fc.stringMatching(/^[A-Za-z0-9/+=]{1,40}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        body: text,
        secret: word,
        id: word,
        token: fc.option(word, { nil: undefined }),
        target: word,
        region: word,
      }),
      fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }),
      async ({ body, secret, id, token, target, region }, signingDate) => {
        const credentials = {
          accessKeyId: id,
          secretAccessKey: secret,
          ...(token === undefined ? {} : { sessionToken: token }),
        };
        const headers = {
          host: 'h.example',
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': target,
        };
        const request = {
          method: 'POST',
          protocol: 'https:',
          hostname: 'h.example',
          path: '/',
          headers,
          body,
        };
        const sdk = new SignatureV4({
          credentials,
          region,
          service: 'sqs',
          sha256: Sha256,
          applyChecksum: false,
        });
        const own = createSigner('sqs', {
          credentials: async () => credentials,
          region: async () => region,
          other: () => Promise.reject(new Error('a plain call needs no other signer')),
        });
        const signed = await (await own()).sign(request, { signingDate });
        const { headers: expected } = await sdk.sign(structuredClone(request), { signingDate });
        expect(signed.headers).toEqual(expected);
      },
    ),
    { numRuns: 30 },
  );
});
