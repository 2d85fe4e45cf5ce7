/**
 * Compares the functions' clients with the SDK's: the removed parts change no call and no handling of
 * failures. Each table has the SDK's client, ours, and ours as bundled, against a server that checks every
 * signature with the SDK's signer.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLIENT_SETTINGS } from '../../../functions/aws/client-settings.ts';
import { createDynamoClient } from '../../../functions/aws/dynamo-state-store.ts';
import { Sha256 } from '../../../functions/aws/sha256.ts';
import { createSigner } from '../../../functions/aws/signer.ts';
import { createSqsClient } from '../../../functions/aws/sqs.ts';
import fc from '../../properties.ts';
import { bundleClients } from './bundled-clients.ts';

/** Of the body of the one message that is sent. */
const MD5 = createHash('md5').update('é').digest('hex');

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
  vi.stubEnv('AWS_USE_FIPS_ENDPOINT', 'false');
  vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'false');
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', '');
  seen.length = 0;
  answer = ok;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const bundled = await bundleClients();
const ours = {
  Get: GetItemCommand,
  Put: PutItemCommand,
  Transact: TransactWriteItemsCommand,
  Send: SendMessageBatchCommand,
};
const ofBundle = {
  Get: bundled.GetItemCommand,
  Put: bundled.PutItemCommand,
  Transact: bundled.TransactWriteItemsCommand,
  Send: bundled.SendMessageBatchCommand,
};
const DYNAMO = [
  ['the SDK as it comes', { create: () => new DynamoDBClient(CLIENT_SETTINGS), ...ours }],
  ['the lean one', { create: createDynamoClient, ...ours }],
  ['the lean one in a bundle', { create: bundled.createDynamoClient, ...ofBundle }],
] as const;
const SQS = [
  ['the SDK as it comes', { create: () => new SQSClient(CLIENT_SETTINGS), ...ours }],
  ['the lean one', { create: createSqsClient, ...ours }],
  ['the lean one in a bundle', { create: bundled.createSqsClient, ...ofBundle }],
] as const;

type Commands = (typeof DYNAMO)[number][1];
const put = ({ Put }: Pick<Commands, 'Put'>) =>
  new Put({ TableName: 't', Item: { pk: { S: 'k' }, b: { B: new Uint8Array([1, 2]) } } });
const get = ({ Get }: Pick<Commands, 'Get'>) => new Get({ TableName: 't', Key: { pk: { S: 'k' } } });
const send = ({ Send }: Pick<Commands, 'Send'>) =>
  new Send({
    QueueUrl: `${process.env['AWS_ENDPOINT_URL']}/0/q`,
    Entries: [{ Id: '0', MessageBody: 'é' }],
  });

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

describe('a call of AWS', () => {
  test.each(DYNAMO)(
    'by %s has a valid signature, its type, target, length and user agent',
    async (_, sdk) => {
      const client = sdk.create();
      await client.send(put(sdk));
      await client.send(get(sdk));
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

  test.each(SQS)('by %s to a queue passes on the trace with which Lambda detects loops', async (_, sdk) => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'reader');
    vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-5759e988-bd862e3fe1be46a994272793;Lineage=1:a87bd80c:1');
    const client = sdk.create();
    answer = (_call, response) =>
      reply(response, 200, {
        Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: MD5 }],
      });
    await client.send(send(sdk)).catch(() => undefined);
    expect(seen[0]?.headers['x-amzn-trace-id']).toMatch(/^Root=1-5759e988/);
    expect(seen[0]?.headers.authorization).toBe(await signedBySdk(seen[0] as Seen, 'sqs'));
    client.destroy();
  });
});

describe('after a failed call,', () => {
  test.each(DYNAMO)(
    'a clock that is an hour off is corrected by %s, and the call is repeated',
    async (_, sdk) => {
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
      const client = sdk.create();
      await client.send(put(sdk));
      await client.send(put(sdk));
      const timeOf = ({ headers }: Seen) => String(headers['x-amz-date']).slice(0, 11);
      expect(timeOf(seen[0] as Seen)).not.toBe(timeOf(seen[1] as Seen));
      const expected = hour.toISOString().replace(/[-:]/g, '').slice(0, 11);
      expect(seen.slice(1).map(timeOf)).toEqual([expected, expected]);
      for (const call of seen) expect(call.headers.authorization).toBe(await signedBySdk(call, 'dynamodb'));
      client.destroy();
    },
  );

  test.each(DYNAMO)(
    'a throttled call is made three times by %s, and fails with the error name of AWS',
    async (_, sdk) => {
      const __type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      answer = (_call, response) => reply(response, 400, { __type, message: 'slow down' });
      const client = sdk.create();
      await expect(client.send(put(sdk))).rejects.toMatchObject({
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
    'a call that AWS wants to have again at a given date is not made again at once by %s',
    async (_, sdk) => {
      answer = (call, response) =>
        call === 1
          ? reply(response, 503, {}, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() })
          : reply(response, 200, {});
      const real = globalThis.setTimeout;
      const waits: number[] = [];
      // The SDK waits for 5 s at the most. No other timer of a call is so long.
      const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation((run, ms = 0) => {
        if (ms > 4_000) waits.push(ms);
        return real(run, ms > 4_000 ? 0 : ms);
      });
      const client = sdk.create();
      try {
        await client.send(put(sdk));
      } finally {
        spy.mockRestore();
        client.destroy();
      }
      expect(seen).toHaveLength(2);
      expect(waits).toHaveLength(1);
    },
  );

  test.each(DYNAMO)(
    'the variable AWS_RETRY_MODE does not make %s wait before a call without a bound',
    async (_, sdk) => {
      vi.stubEnv('AWS_RETRY_MODE', 'adaptive');
      const client = sdk.create();
      expect(await client.config.retryStrategy()).toHaveProperty('mode', 'standard');
      client.destroy();
    },
  );

  test.each(DYNAMO)('expired credentials fail at once with %s, and are not tried again', async (_, sdk) => {
    answer = (call, response) =>
      call === 1
        ? reply(response, 400, {
            __type: 'com.amazon.coral.service#ExpiredTokenException',
            message: 'expired',
          })
        : reply(response, 200, {});
    const client = sdk.create();
    await expect(client.send(put(sdk))).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    expect(seen).toHaveLength(1);
    client.destroy();
  });

  test.each(DYNAMO)('an answer that is not JSON fails with its status by %s', async (_, sdk) => {
    answer = (_call, response) => response.writeHead(200, { 'x-amzn-requestid': 'r-1' }).end('<html>');
    const client = sdk.create();
    await expect(client.send(get(sdk))).rejects.toMatchObject({ $metadata: { httpStatusCode: 200 } });
    client.destroy();
  });
});

const REGIONS = [
  ['us-east-1', 'amazonaws.com', 'api.aws'],
  ['mx-central-1', 'amazonaws.com', 'api.aws'],
  ['cn-north-1', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['us-gov-west-1', 'amazonaws.com', 'api.aws'],
  ['us-iso-east-1', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['us-isob-east-1', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['eu-isoe-west-1', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['us-isof-south-1', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['eusc-de-east-1', 'amazonaws.eu', 'api.amazonwebservices.eu'],
] as const;

describe('the endpoint of a call', () => {
  test.each(DYNAMO)('by %s follows from the partition of the region, FIPS and dual stack', async (_, sdk) => {
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    for (const [region, suffix, dualStack] of REGIONS) {
      const plainFips = region.startsWith('us-gov-') ? 'dynamodb' : 'dynamodb-fips';
      for (const [isFips, isDual, host] of [
        ['false', 'false', `dynamodb.${region}.${suffix}`],
        ['true', 'false', `${plainFips}.${region}.${suffix}`],
        ['false', 'true', `dynamodb.${region}.${dualStack}`],
        ['true', 'true', `dynamodb-fips.${region}.${dualStack}`],
      ] as const) {
        vi.stubEnv('AWS_REGION', region);
        vi.stubEnv('AWS_USE_FIPS_ENDPOINT', isFips);
        vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', isDual);
        const client = sdk.create();
        const asked: { hostname: string; signed: string }[] = [];
        client.config.requestHandler.handle = async (request) => {
          asked.push({ hostname: request.hostname, signed: String(request.headers['authorization']) });
          throw Object.assign(new Error('no network here'), { name: 'NoNetwork' });
        };
        await expect(client.send(put(sdk))).rejects.toThrow('no network here');
        expect(asked.map(({ hostname }) => hostname)).toEqual([host]);
        expect(asked[0]?.signed).toContain(`/${region}/dynamodb/aws4_request`);
        client.destroy();
      }
    }
  });

  test.each(SQS)('by %s to a queue is its URL, whatever the endpoint of the service', async (_, sdk) => {
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', 'http://elsewhere.example');
    vi.spyOn(console, 'warn').mockReturnValue();
    answer = (_call, response) =>
      reply(response, 200, { Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: MD5 }] });
    const client = sdk.create();
    await client.send(send(sdk));
    expect(seen.map(({ url, headers }) => [url, headers['x-amz-target']])).toEqual([
      ['/', 'AmazonSQS.SendMessageBatch'],
    ]);
    client.destroy();
  });
});

/** What a caller sees of an error. */
function told(error: unknown): object {
  const { name, message, $fault, $metadata, Item, CancellationReasons } = Object(error);
  const { attempts, httpStatusCode, requestId } = $metadata;
  const whole = { name, message, $fault, Item, CancellationReasons, attempts, httpStatusCode, requestId };
  return JSON.parse(JSON.stringify(whole));
}

describe('an error is the same', () => {
  const item = {
    pk: { S: 'k' },
    b: { B: 'AQI=' },
    set: { BS: ['AQI='] },
    B: { S: 'x' },
    m: { M: { B: { N: '1' } } },
  };
  const v = 'com.amazonaws.dynamodb.v20120810#';
  test.each([
    [
      'a condition that does not hold',
      400,
      { __type: `${v}ConditionalCheckFailedException`, message: 'm', Item: item },
    ],
    [
      'a transaction',
      400,
      {
        __type: `${v}TransactionCanceledException`,
        Message: 'm',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: item }],
      },
    ],
    ['a conflict', 400, { __type: `${v}TransactionConflictException`, message: 'm' }],
    ['one of the service', 400, { __type: `${v}ResourceNotFoundException`, message: 'm' }],
    ['one of no service', 400, { __type: 'com.amazon.coral.validate#ValidationException', message: 'm' }],
    ['one that is unknown', 418, { __type: 'x.y#NeverHeardOf:http://z', Message: 'm' }],
    ['one without a name', 400, {}],
    ['one of the server', 500, { __type: 'InternalServerError', message: 'm' }],
    ['one of the server, unnamed', 503, {}],
  ])('of DynamoDB, for the lean client and for the SDK: %s', async (_, status, body) => {
    answer = (_call, response) => reply(response, status, body, { 'x-amzn-requestid': 'r-1' });
    const errors = await Promise.all(DYNAMO.map(([, sdk]) => sdk.create().send(put(sdk)).then(String, told)));
    expect(errors).toEqual([errors[0], errors[0], errors[0]]);
    expect(errors[0]).toHaveProperty('httpStatusCode', status);
  });

  test.each([
    [
      'both of its names',
      400,
      { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'm' },
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
    ],
    ['one name', 400, { __type: 'com.amazonaws.sqs#OverLimit', message: 'm' }, undefined],
    [
      'throttling',
      403,
      { __type: 'com.amazonaws.sqs#RequestThrottled', message: 'm' },
      'RequestThrottled;Sender',
    ],
    [
      'no name of SQS',
      403,
      { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'm' },
      'AccessDenied;Sender',
    ],
    ['no name', 500, {}, undefined],
  ])('of SQS, for the lean client and for the SDK: with %s', async (_, status, body, older) => {
    answer = (_call, response) =>
      reply(response, status, body, older === undefined ? {} : { 'x-amzn-query-error': older });
    const errors = await Promise.all(SQS.map(([, sdk]) => sdk.create().send(send(sdk)).then(String, told)));
    expect(errors).toEqual([errors[0], errors[0], errors[0]]);
    expect(errors[0]).toHaveProperty('httpStatusCode', status);
  });
});

describe('an answer', () => {
  test.each(DYNAMO)(
    'by %s has bytes where the table has bytes, and texts even where they are named like a type',
    async (_, sdk) => {
      const Item = {
        pk: { S: 'k' },
        b: { B: 'AQI=' },
        set: { BS: ['AQI='] },
        B: { S: 'x' },
        m: { M: { B: { B: 'AQI=' } } },
        l: { L: [{ B: '' }] },
      };
      answer = (_call, response) => reply(response, 200, { Item }, { 'x-amzn-requestid': 'r-1' });
      const client = sdk.create();
      const { Item: got, $metadata } = await client.send(get(sdk));
      expect(Buffer.from(got?.['b']?.B ?? []).toString('hex')).toBe('0102');
      expect(got?.['b']?.B).toBeInstanceOf(Uint8Array);
      expect(got?.['set']?.BS?.map((each) => Buffer.from(each).toString('hex'))).toEqual(['0102']);
      expect(Buffer.from(got?.['m']?.M?.['B']?.B ?? []).toString('hex')).toBe('0102');
      expect(got?.['l']?.L?.[0]?.B).toHaveLength(0);
      expect(got?.['B']).toEqual({ S: 'x' });
      expect($metadata).toMatchObject({ httpStatusCode: 200, requestId: 'r-1', attempts: 1 });
      client.destroy();
    },
  );

  test.each(DYNAMO)(
    'to a transaction that %s repeats is recognised by the table by its token',
    async (_, sdk) => {
      answer = (call, response) => reply(response, call === 1 ? 500 : 200, {});
      const client = sdk.create();
      await client.send(new sdk.Transact({ TransactItems: [] }));
      const [first, second] = seen.map(({ body }) => JSON.parse(String(body)));
      expect(first.ClientRequestToken).toMatch(/^[0-9a-f-]{36}$/);
      expect(second).toEqual(first);
      client.destroy();
    },
  );
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
