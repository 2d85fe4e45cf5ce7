/**
 * Operator commands when each service has its own endpoint, which may be another engine or no engine at all.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { dead } from '../../cli/commands/dead.ts';
import { drain } from '../../cli/commands/drain.ts';
import { exportCommand } from '../../cli/commands/export.ts';
import { forgetCommand } from '../../cli/commands/forget.ts';
import { keys } from '../../cli/commands/keys.ts';
import { migrate } from '../../cli/commands/migrate.ts';
import { pause } from '../../cli/commands/pause.ts';
import { resetCommand } from '../../cli/commands/reset.ts';
import { resume } from '../../cli/commands/resume.ts';
import { state } from '../../cli/commands/state.ts';
import { status } from '../../cli/commands/status.ts';
import { stopped } from '../../cli/commands/stopped.ts';
import { submit } from '../../cli/commands/submit.ts';
import { temporaryFolder } from './queues.ts';

const SERVICES = {
  AWS_ENDPOINT_URL_CLOUDFORMATION: 'cloudformation',
  AWS_ENDPOINT_URL_CLOUDWATCH: 'monitoring',
  AWS_ENDPOINT_URL_DYNAMODB: 'dynamodb',
  AWS_ENDPOINT_URL_LAMBDA: 'lambda',
  AWS_ENDPOINT_URL_S3: 's3',
  AWS_ENDPOINT_URL_SCHEDULER: 'scheduler',
  AWS_ENDPOINT_URL_SQS: 'sqs',
} as const;

const OUTPUTS = {
  // As LocalStack and others say them: a host that only their container knows.
  RequestsQueueUrl: 'http://elsewhere.invalid/1/requests',
  RequestsDeadLetterQueueUrl: 'http://elsewhere.invalid/1/dead-requests',
  ReadingsQueueUrl: 'http://elsewhere.invalid/1/readings.fifo',
  ReadingsDeadLetterQueueUrl: 'http://elsewhere.invalid/1/dead-readings.fifo',
  StateTableName: 'states',
  UndeliveredBucketName: 'undelivered',
  ReaderFunctionName: 'Reader',
  ComputeFunctionName: 'Compute',
  WriterFunctionName: 'Writer',
  ReaderMappingId: 'reads',
  ComputeMappingId: 'computes',
  WriterMappingId: 'writes',
  BrakeRoleArn: 'arn:aws:iam::1:role/brake',
};

interface Reply {
  readonly status: number;
  readonly body: string;
}

/** One endpoint for each service. Gives "endpoint: service that the call was signed for", for each call. */
async function endpoints(reply: Reply): Promise<Set<string>> {
  const seen = new Set<string>();
  for (const [variable, service] of Object.entries(SERVICES)) {
    const server = createServer((request, response) => {
      void text(request).then(() => {
        const [, signed = 'nothing'] = /eu-west-1\/(\w+)\//.exec(request.headers.authorization ?? '') ?? [];
        seen.add(signed === service ? service : `${service}, but signed for ${signed}`);
        if (service === 'cloudformation') return response.setHeader('content-type', 'text/xml').end(STACK);
        response.writeHead(reply.status).end(reply.body);
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close().closeAllConnections());
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    vi.stubEnv(variable, `http://127.0.0.1:${port}`);
  }
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'key');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  return seen;
}

const STACK = `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>away</StackName>
<StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${Object.entries(
  OUTPUTS,
)
  .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
  .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function printed(): string[] {
  const said: string[] = [];
  for (const name of ['log', 'error'] as const) {
    vi.spyOn(console, name).mockImplementation((...words) => void said.push(words.join(' ')));
  }
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  return said;
}

type Command = (args: string[]) => Promise<number>;

const COMMANDS: [name: string, command: Command, args: string[], asks: string[], first: string][] = [
  ['status', status, [], ['dynamodb', 'lambda', 'monitoring', 's3', 'sqs'], 'AmazonSQS.GetQueueAttributes'],
  ['keys', keys, [], ['dynamodb'], 'DynamoDB_20120810.Scan'],
  ['state', state, ['k'], ['dynamodb'], 'DynamoDB_20120810.GetItem'],
  ['export', exportCommand, [], ['dynamodb'], 'DynamoDB_20120810.Scan'],
  ['dead list', dead, ['list'], ['s3', 'sqs'], 'AmazonSQS.ReceiveMessage'],
  ['stopped list', stopped, ['list'], ['dynamodb'], 'DynamoDB_20120810.Scan'],
  [
    'pause',
    pause,
    ['computes', '--for', '1h'],
    ['lambda', 'scheduler'],
    'scheduler PUT /schedules/weir-computes',
  ],
  ['resume', resume, ['computes'], ['lambda'], 'lambda PUT /2015-03-31/event-source-mappings/computes'],
  ['drain', drain, ['--wait', '1'], ['lambda'], 'lambda GET /2015-03-31/event-source-mappings/\\w+'],
  ['migrate', migrate, ['--to', '2', '--all'], ['dynamodb'], 'DynamoDB_20120810.Scan'],
  ['forget', forgetCommand, ['k', '--yes', '--no-wait'], ['sqs'], 'AmazonSQS.SendMessage'],
  ['reset', resetCommand, ['k', '--to', '0', '--reason', 'r'], ['dynamodb'], 'DynamoDB_20120810.GetItem'],
  ['submit', submit, ['requests.ndjson'], ['sqs'], 'AmazonSQS.SendMessageBatch'],
];

/** `submit` reads a file, and writes beside it what was taken. */
function withStack(args: readonly string[]): string[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'requests.ndjson'), '{"url":"https://logs.example/a"}\n');
  const words = args.map((arg) => (arg === 'requests.ndjson' ? join(folder, arg) : arg));
  return [...words, '--stack', 'away'];
}

describe.each(COMMANDS)(
  'weir %s, where each service has an endpoint of its own',
  (_name, command, args, asks, first) => {
    test('asks each service at its own endpoint, signed for it, and accepts an empty body as an empty answer', async () => {
      const seen = await endpoints({ status: 200, body: '' });
      printed();
      await command(withStack(args)).catch((error: Error) =>
        expect(error).toMatchObject({ name: 'OperatorError' }),
      );
      expect([...seen].sort()).toEqual(['cloudformation', ...asks].sort());
    });

    test('reports an answer that is not JSON with call, endpoint, status and first words', async () => {
      await endpoints({ status: 404, body: '<html>\n <h1>Please sign in</h1>' });
      const said = printed();
      const ended = await command(withStack(args)).catch((error: Error) => error.message);
      expect([String(ended), ...said].join('\n')).toMatch(
        new RegExp(
          `${first} at http://127\\.0\\.0\\.1:\\d+ answered with status 404, which is no JSON: <html> <h1>Please sign in</h1>`,
        ),
      );
    });
  },
);

test('a stack is asked for where CloudFormation is, and an answer that is no XML is told with endpoint and words', async () => {
  const server = createServer((_request, response) => void response.end('<html>Please sign in</html>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close().closeAllConnections());
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  await endpoints({ status: 200, body: '' });
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', `http://127.0.0.1:${port}`);
  await expect(status(['--stack', 'away'])).rejects.toThrow(
    `POST / at http://127.0.0.1:${port} answered with status 200, which is no XML: <html>Please sign in</html>`,
  );
});
