/** The clients as a function makes them, against a server that counts what reaches it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  createDynamoClient,
  createStateStore,
  rehearseLoad,
} from '../../../functions/aws/dynamo-state-store.ts';
import { createSqsClient, rehearseSend } from '../../../functions/aws/sqs.ts';

let [connections, calls] = [0, 0];
const server = createServer((_, response) => {
  calls += 1;
  response.end('{}');
}).on('connection', () => (connections += 1));
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const access = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' };
  for (const [name, value] of Object.entries({ ...access, AWS_ENDPOINT_URL: url })) vi.stubEnv(name, value);
});
afterAll(() => server.close());

test('a rehearsal signs a call and sends nothing, and the client works after it', async () => {
  const client = createDynamoClient();
  const asked = vi.spyOn(client.config, 'credentials');
  await rehearseLoad(client, 'table');
  await rehearseSend(createSqsClient(), `${url}/queue`);
  expect({ connections, calls, asked: asked.mock.calls.length > 0 }).toEqual({
    connections: 0,
    calls: 0,
    asked: true,
  });
  expect(await createStateStore(client, 'table').load('key')).toBeUndefined();
  expect(calls).toBe(1);
});

test('a rehearsal without credentials or region fails without a word, and without an attempt', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  vi.stubEnv('AWS_REGION', '');
  const before = calls;
  await rehearseLoad(createDynamoClient(), 'table');
  expect(calls).toBe(before);
});
