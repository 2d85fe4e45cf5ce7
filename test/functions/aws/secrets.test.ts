import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { withSecrets } from '../../../functions/aws/secrets.ts';
import { isRecord } from '../../../functions/json.ts';
import { NO_SECRETS, type ReadContext, type WriteContext } from '../../../functions/pipeline.ts';
import { NO_SUBMIT } from '../../../functions/submits.ts';
import { buildPipeline } from '../../builders.ts';

/** Both services, as far as they are asked: what is asked for and not here is refused, as AWS does. */
const held = new Map<string, object>();
let asked: { target: string; input: unknown; signed: string }[] = [];
const server = createServer(async (request, response) => {
  const input: unknown = JSON.parse(await text(request));
  const target = String(request.headers['x-amz-target']);
  asked.push({ target, input, signed: String(request.headers.authorization) });
  const name = isRecord(input) ? String(input['SecretId'] ?? input['Name']) : '';
  const answer = held.get(name);
  response.statusCode = answer === undefined ? 400 : 200;
  response.end(
    JSON.stringify(answer ?? { __type: 'AccessDeniedException', message: `not authorized: ${name}` }),
  );
});
let endpoint = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

const ARN = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
beforeEach(() => {
  asked = [];
  held.clear();
  held.set(ARN, { SecretString: 'hunter2', CreatedDate: 1_764_288_000.123 });
  held.set('/energy/token', { Parameter: { Name: '/energy/token', Value: 'first token' } });
});

function build() {
  const seen: unknown[] = [];
  const pipeline = buildPipeline({
    read: async (_request: unknown, { secrets }: ReadContext) => [secrets],
    write: async (_outputs: unknown, { secrets }: WriteContext) => {
      seen.push(secrets);
    },
  });
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    AWS_ENDPOINT_URL_SSM: endpoint,
    WEIR_SECRET_DB_PASSWORD: ARN,
    WEIR_SECRET_TOKEN: 'ssm:/energy/token',
  };
  return { pipeline: withSecrets(pipeline, env), seen };
}

const read: ReadContext = {
  signal: AbortSignal.timeout(60_000),
  id: 'r',
  attempt: 1,
  secrets: NO_SECRETS,
  submit: NO_SUBMIT,
};
const write: WriteContext = { signal: read.signal, latest: async () => undefined, secrets: NO_SECRETS };
const SECRETS = { DB_PASSWORD: 'hunter2', TOKEN: 'first token' };

test('secrets are fetched once for each environment, when read or write first runs, and passed to each call', async () => {
  const { pipeline, seen } = build();
  expect(asked).toEqual([]);
  const reads = await Promise.all([pipeline.read({}, read), pipeline.read({}, read)]);
  expect(reads).toEqual([[SECRETS], [SECRETS]]);
  await pipeline.write?.([], write);
  expect(seen).toEqual([SECRETS]);
  expect(asked.map(({ target, input }) => [target, input])).toEqual(
    expect.arrayContaining([
      ['secretsmanager.GetSecretValue', { SecretId: ARN }],
      ['AmazonSSM.GetParameter', { Name: '/energy/token', WithDecryption: true }],
    ]),
  );
  expect(asked).toHaveLength(2);
  for (const { signed } of asked) expect(signed).toMatch(/eu-west-1\/(secretsmanager|ssm)\/aws4_request/);
});

test('a secret that cannot be fetched fails the read with the reason, and the next read fetches anew', async () => {
  const { pipeline } = build();
  held.delete('/energy/token');
  await expect(pipeline.read({}, read)).rejects.toThrow(
    /GetParameter answered 400: .*AccessDenied.*\/energy\/token/,
  );
  held.set('/energy/token', { Parameter: { Value: 'second token' } });
  expect(await pipeline.read({}, read)).toEqual([{ ...SECRETS, TOKEN: 'second token' }]);
});

test('a binary secret is refused by name, and no reason holds a secret', async () => {
  const { pipeline } = build();
  held.set(ARN, { SecretBinary: 'aHVudGVyMg==' });
  const failure = await Promise.resolve(pipeline.read({}, read)).catch((error: unknown) => error);
  expect(String(failure)).toMatch(/secret DB_PASSWORD \(arn:.*\) holds no text/);
  expect(String(failure)).not.toMatch(/aHVudGVyMg|first token/);
});
