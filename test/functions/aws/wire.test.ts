/** The real SDK with a connection that breaks or hangs: faults that no mock of the client can show. */
import { createServer, type IncomingMessage as HttpRequest, type ServerResponse } from 'node:http';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLIENT_SETTINGS } from '../../../functions/aws/client-settings.ts';
import { decodeItem } from '../../../functions/aws/dynamo-items.ts';
import { createDynamoClient, createStateStore } from '../../../functions/aws/dynamo-state-store.ts';
import { createOutbox, createRequestsQueue, createSqsClient } from '../../../functions/aws/sqs.ts';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { buildCompute, buildMessage } from '../../builders.ts';
import { buildItem } from '../../item-builder.ts';

type Answer = (target: string, body: Record<string, unknown>, response: ServerResponse) => void;

let endpoint = '';
let answer: Answer = () => undefined;
const targets: string[] = [];
const server = createServer((request, response) => void serve(request, response));

async function serve(request: HttpRequest, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const part of request) text += part;
  const target = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  targets.push(target);
  answer(target, JSON.parse(text), response);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  endpoint = `http://127.0.0.1:${address.port}`;
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  targets.length = 0;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A table of one item, whose first write is made and then answered like that. */
function createTable(spoil: (response: ServerResponse) => void): { item?: Record<string, AttributeValue> } {
  const table: { item?: Record<string, AttributeValue>; writes: number } = { writes: 0 };
  answer = (target, body, response) => {
    if (target === 'GetItem') return reply(response, 200, {});
    if (table.item !== undefined) {
      const __type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
      return reply(response, 400, { __type, message: 'The conditional request failed', Item: table.item });
    }
    table.item = body['Item'] as Record<string, AttributeValue>;
    return spoil(response);
  };
  return table;
}

test('a receive without an answer is given up and not repeated, because each repeat would take further messages', async () => {
  answer = () => undefined;
  const requests = createRequestsQueue(createSqsClient(), `${endpoint}/000000000000/requests`);
  await expect(requests.receive(10, 56)).rejects.toThrow(/abort|timeout/i);
  // On a machine that is busy not even the first may have arrived.
  expect(targets.length).toBeLessThan(2);
});

describe('a write whose answer was lost', () => {
  test.each([
    ['cut off', (response: ServerResponse) => response.socket?.destroy()],
    [
      'answered with a server error',
      (response: ServerResponse) => reply(response, 500, { __type: 'InternalServerError' }),
    ],
  ])(
    'because the connection was %s is repeated by the SDK and recognised as made before',
    async (_, spoil) => {
      const table = createTable(spoil);
      const client = createDynamoClient();
      const { store: _memory, ...stage } = buildCompute();
      const ports = { ...stage, store: createStateStore(client, 'table') };
      expect(await computeBatch([buildMessage()], 30_000, ports)).toEqual([]);
      expect(targets).toEqual(['GetItem', 'PutItem', 'PutItem']);
      const { B: receipts, ...rest } = table.item?.['receipts'] ?? {};
      expect(rest).toEqual({});
      const item = decodeItem({ ...table.item, receipts: { B: Buffer.from(String(receipts), 'base64') } });
      expect(item).toMatchObject({ version: 1, counts: { applied: 1 } });
      client.destroy();
    },
  );
});

describe('a call that is never answered', () => {
  test('fails by the settings of the client and is tried again', async () => {
    const hung = new Set<string>();
    answer = (target, _, response) => {
      if (hung.has(target))
        return reply(response, 200, { Successful: [{ Id: '0', MessageId: 'm', MD5OfMessageBody: '' }] });
      hung.add(target);
    };
    const dynamo = createDynamoClient();
    const sqs = createSqsClient();
    const [committed, item, sent] = await Promise.all([
      createStateStore(dynamo, 'table').commit({
        base: undefined,
        next: buildItem(),
        dead: [],
        park: [],
        unpark: [],
      }),
      createStateStore(dynamo, 'table').load('k'),
      // Whatever SQS says of its body's checksum, the call came back.
      createOutbox(sqs, `${endpoint}/queue`)
        .sendBatch([{ body: 'b' }])
        .catch(() => 'came back'),
    ]);
    expect(committed).toEqual({ outcome: 'committed' });
    expect(item).toBeUndefined();
    expect(sent).toBeDefined();
    expect(targets.toSorted()).toEqual([
      'GetItem',
      'GetItem',
      'PutItem',
      'PutItem',
      'SendMessageBatch',
      'SendMessageBatch',
    ]);
    dynamo.destroy();
    sqs.destroy();
  });

  test('fails for good within the time that a function keeps back to answer', () => {
    const { maxAttempts, requestHandler } = CLIENT_SETTINGS;
    expect(maxAttempts * requestHandler.requestTimeout).toBeLessThan(TIMEOUT_MARGIN_MS);
    expect(requestHandler.throwOnRequestTimeout).toBe(true);
  });
});
