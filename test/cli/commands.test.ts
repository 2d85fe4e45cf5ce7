/** The behaviour that scripts rely on: exit statuses, pipes, signals, and a message for every error. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { packReadings } from '../../functions/pack.ts';
import { type QueuesOnly, startQueues, temporaryFolder } from '../operate/queues.ts';
import { endOf, startWeir, until, WEIR, weir } from './weir.ts';

const TIMEOUT_MS = 1_200_000;

/** As if a local run were up: this process and its queues. */
function announce({ announcement }: QueuesOnly): string {
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, '.weir'));
  writeFileSync(join(cwd, '.weir/local.json'), JSON.stringify(announcement));
  return cwd;
}

/** An address at which nothing listens any more. */
async function freedEndpoint(): Promise<string> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('the server had no port');
  return `http://127.0.0.1:${address.port}`;
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join('');

describe('weir submit', () => {
  test(
    'interrupted by Ctrl-C stops with status 130, and repeated sends the rest and nothing twice',
    async () => {
      const queues = await startQueues(async () => {
        await wait(20);
      });
      const cwd = announce(queues);
      writeFileSync(join(cwd, 'requests.ndjson'), lines(2_000));
      const child = startWeir(['submit', 'requests.ndjson'], { cwd });
      const ended = endOf(child);
      await until(() => queues.requests.list().length > 100);
      child.kill('SIGINT');
      const { status, stdout } = await ended;
      expect(status).toBe(130);
      expect(stdout).toMatch(/Interrupted. The same command goes on from there/);
      expect(queues.requests.list().length).toBeLessThan(2_000);

      const again = await weir(['submit', 'requests.ndjson'], { cwd });
      expect(again.status).toBe(0);
      const ids = queues.requests.list().map(({ attributes }) => attributes['id']);
      expect(ids).toHaveLength(2_000);
      expect(new Set(ids).size).toBe(2_000);
    },
    TIMEOUT_MS,
  );

  test(
    'of a pipe sends its requests once; the same pipe again sends nothing',
    async () => {
      const queues = await startQueues();
      const cwd = announce(queues);
      const first = await weir(['submit', '-'], { cwd, input: lines(15) });
      expect(first).toMatchObject({ status: 0, stdout: 'Submitted 15 requests of 15 to ledger-test.\n' });
      const second = await weir(['submit', '-', '--json'], { cwd, input: lines(15) });
      expect(JSON.parse(second.stdout)).toMatchObject({ requests: 15, before: 15, submitted: 0 });
      expect(queues.requests.list()).toHaveLength(15);
    },
    TIMEOUT_MS,
  );

  test(
    'with --backfill sends to the queue of that lane, and fails with a sentence if there is no such lane',
    async () => {
      const queues = await startQueues();
      const { announcement, withLane } = queues;
      const cwd = announce(queues);
      writeFileSync(join(cwd, 'requests.ndjson'), lines(3));
      const none = await weir(['submit', 'requests.ndjson', '--backfill'], { cwd });
      expect(none).toMatchObject({
        status: 1,
        stderr:
          "weir submit: ledger-test has no backfill lane: add backfill: {} to the pipeline's file and deploy it again, or leave the backfill out\n",
      });
      const { backfillQueue } = withLane;
      const addresses = { ...announcement.addresses, backfillQueue };
      const there = announce({ ...queues, announcement: { ...announcement, addresses } });
      writeFileSync(join(there, 'requests.ndjson'), lines(3));
      const sent = await weir(['submit', 'requests.ndjson', '--backfill'], { cwd: there });
      expect(sent).toMatchObject({ status: 0 });
      expect(queues.backfill.list()).toHaveLength(3);
      expect(queues.requests.list()).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'of a broken file sends nothing and leaves nothing behind',
    async () => {
      const queues = await startQueues();
      const cwd = announce(queues);
      writeFileSync(join(cwd, 'requests.ndjson'), `${lines(30)}{"n":\n`);
      const { status, stderr } = await weir(['submit', 'requests.ndjson'], { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /^weir submit: requests.ndjson, line 31: the line is not JSON.*\. Nothing was sent\n$/,
      );
      expect(queues.requests.list()).toEqual([]);
      expect(readdirSync(cwd).sort()).toEqual(['.weir', 'requests.ndjson']);
    },
    TIMEOUT_MS,
  );
});

test(
  'a command whose reader is gone returns its dead letters to the queue and ends with status 141',
  async () => {
    const queues = await startQueues();
    for (let n = 0; n < 500; n += 1) {
      queues.deadRequests.send({ body: `{"n":${n}}`, attributes: { reason: 'x'.repeat(200) } });
    }
    const cwd = announce(queues);
    const child = startWeir(['dead', 'list', '--limit', '500', '--json'], { cwd });
    child.stdout?.destroy();
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(141);
    expect(queues.deadRequests.counts()).toMatchObject({ visible: 500, inFlight: 0 });
  },
  TIMEOUT_MS,
);

test(
  'a short command whose reader leaves early prints no error',
  async () => {
    const queues = await startQueues();
    queues.deadRequests.send({ body: '{}' });
    const child = startWeir(['dead', 'list', '--json'], { cwd: announce(queues) });
    child.stdout?.destroy();
    let said = '';
    child.stderr?.on('data', (data) => {
      said += String(data);
    });
    const status = await new Promise((ended) => child.once('close', ended));
    expect([status, said]).toEqual([141, '']);
  },
  TIMEOUT_MS,
);

test.runIf(existsSync('/dev/full'))(
  'output that cannot be written fails the command, with the reason',
  async () => {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [WEIR, 'help'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    const status = new Promise((ended) => child.once('close', ended));
    if (child.stderr === null) throw new Error('the process has no pipe');
    expect(await text(child.stderr)).toMatch(
      /^weir help: the output cannot be written: ENOSPC.*\nThe disk is full/,
    );
    expect(await status).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'dead readings of a key beyond those that SQS shows at once are counted, and a redrive of all reaches them',
  async () => {
    const queues = await startQueues();
    for (let n = 0; n < 25; n += 1) {
      const origin = { id: `r-${n}`, since: 0 };
      const [message] = packReadings(origin, [n], () => 'k').get('k') ?? [];
      if (message !== undefined) queues.deadReadings.send(message);
    }
    queues.deadRequests.send({ body: '{}' });
    const cwd = announce(queues);
    const list = await weir(['dead', 'list'], { cwd });
    expect(list.stdout).toMatch(
      /10 of about 25 readings are shown. SQS shows at most ten of a key, and the next ones when/,
    );
    const json = await weir(['dead', 'list', '--json', '--limit', '3'], { cwd });
    expect(JSON.parse(json.stdout)).toHaveLength(4);
    expect(json.stderr).toBe('3 of about 25 readings are shown. --limit N shows more.\n');
    const redriven = await weir(['dead', 'redrive', '--all'], { cwd });
    expect(redriven).toMatchObject({ status: 0, stdout: expect.stringMatching(/Redriven 26 dead letters/) });
    expect(queues.readings.list()).toHaveLength(25);
    expect(await weir(['dead', 'list'], { cwd })).toMatchObject({
      status: 0,
      stdout: 'There are no dead letters.\n',
    });
  },
  TIMEOUT_MS,
);

test(
  'dead letters are counted by reason and by key, and redriven or discarded by reason',
  async () => {
    const queues = await startQueues();
    const send = (reason: string) =>
      queues.deadRequests.send({ body: '{}', attributes: { reason: `Error: ${reason}`, attempts: '3' } });
    for (const reason of ['no such host', 'not found', 'no such host']) send(reason);
    for (const [n, key] of ['k', 'k', 'l'].entries()) {
      const [message] = packReadings({ id: `r-${n}`, since: 0 }, [1, 2], () => key).get(key) ?? [];
      if (message !== undefined) queues.deadReadings.send(message);
    }
    const cwd = announce(queues);
    const { stdout } = await weir(['dead', 'list', '--by', 'reason'], { cwd });
    expect(stdout).toMatch(/ 2 +2 requests .* requests +Error: no such host/);
    const groups: unknown = JSON.parse(
      (await weir(['dead', 'list', '--by', 'key', '--json'], { cwd })).stdout,
    );
    expect(groups).toMatchObject([
      { key: 'k', letters: 2, holds: 4, place: 'readings' },
      { key: 'l', letters: 1, holds: 2, place: 'readings' },
    ]);
    const some = await weir(['dead', 'list', '--reason', 'no such', '--json'], { cwd });
    expect(JSON.parse(some.stdout)).toHaveLength(2);
    const redriven = await weir(['dead', 'redrive', '--reason', 'not found'], { cwd });
    expect(redriven).toMatchObject({ status: 0, stdout: 'Redriven 1 dead letter.\n' });
    const unsure = await weir(['dead', 'discard', '--reason', 'no such'], { cwd });
    expect(unsure).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/--reason deletes .* add --yes/),
    });
    const sure = await weir(['dead', 'discard', '--reason', 'no such', '--yes'], { cwd });
    expect(sure).toMatchObject({ status: 0, stdout: 'Discarded 2 dead letters.\n' });
    expect(queues.deadRequests.list()).toEqual([]);
    expect(queues.deadReadings.list()).toHaveLength(3);
  },
  TIMEOUT_MS,
);

test(
  'a reason is cut to the width of a terminal, and whole in a pipe',
  async () => {
    const queues = await startQueues();
    const reason = `${'x'.repeat(300)} end`;
    queues.deadRequests.send({ body: '{}', attributes: { reason, attempts: '3' } });
    const { stdout } = await weir(['dead', 'list'], { cwd: announce(queues) });
    expect(stdout).toContain(reason);
  },
  TIMEOUT_MS,
);

test(
  'dead letters of strangers are shown without terminal control characters, and discarded only with --yes',
  async () => {
    const queues = await startQueues();
    queues.deadRequests.send({
      body: '{"a":1}',
      attributes: { id: 'r\u009b31m\u202e', reason: 'no \u009b31m host', attempts: '3' },
    });
    const cwd = announce(queues);
    const list = await weir(['dead', 'list'], { cwd });
    expect(list.status).toBe(3);
    expect(list.stdout).toContain('no \\u{9b}31m host');
    expect(list.stdout).not.toMatch(/\p{Cf}|[^\P{Cc}\n]/u);
    const unsure = await weir(['dead', 'discard', '--all'], { cwd });
    expect(unsure).toMatchObject({ status: 2, stderr: expect.stringMatching(/add --yes/) });
    expect(queues.deadRequests.list()).toHaveLength(1);
    expect(await weir(['dead', 'discard', '--all', '--yes'], { cwd })).toMatchObject({ status: 0 });
    expect(queues.deadRequests.list()).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  "a plan of a pipeline has the pipeline's name, and no backfill if it has no lane for one",
  async () => {
    const file = new URL('../../pipelines/prices.ts', import.meta.url).pathname;
    const numbers = ['--rate', '1', '--read-median', '10', '--requests', '1000'];
    const { stdout } = await weir(['plan', '--pipeline', file, ...numbers], { cwd: temporaryFolder() });
    expect(stdout).toMatch(/^Plan: prices\n/);
    const backfill = ['--backfill', '1000'];
    const { status, stderr } = await weir(['plan', '--pipeline', file, ...numbers, ...backfill], {
      cwd: temporaryFolder(),
    });
    expect([status, stderr.split('\n')[0]]).toEqual([
      2,
      'weir plan: --backfill: pipeline prices has no backfill lane: add backfill: {} to its file, or plan without a backfill',
    ]);
  },
  TIMEOUT_MS,
);

describe('a command that cannot do its work says why and what to do, in one sentence:', () => {
  test.each([
    [['status'], 1, /^weir status: no local run is up in this folder .*weir run --stay/],
    [['submit', 'none.ndjson'], 1, /no local run is up/],
    [['status', '--stack', ''], 2, /--stack is empty/],
    [['status', '--region', 'eu-west-1'], 2, /--region goes with --stack NAME/],
    [['state'], 2, /^weir state: KEY is missing\nweir state --help shows how to call it/],
    [['state', 'a', 'b'], 2, /"b" is one too many/],
    [['dead', 'revive'], 2, /"revive": did you mean redrive\?/],
    [['dead', 'bury'], 2, /say which: list, show, edit, redrive or discard/],
    [['dead', 'redrive'], 2, /give the IDs of dead letters, --reason or --all/],
    [['dead', 'discard', '--reason', ''], 2, /--reason is empty/],
    [['dead', 'redrive', 'a', '--all'], 2, /only one of them/],
    [['dead', 'list', '--by', 'age'], 2, /--by "age": use reason or key/],
    [['dead', 'list', '--from', 'queue'], 2, /use one of requests, readings, outputs/],
    [['stopped', 'skip', '--all'], 2, /skip takes a KEY/],
    [['keys', '--limit', '0'], 2, /--limit 0: give a whole number from 1/],
    [['plan', '--rate', '1', '--backfill-rate', '5'], 2, /--backfill-rate needs --backfill N/],
    [['status', '--every', 'often'], 2, /--every often: give a whole number/],
    [['replay', '--pipeline', 'clicks'], 2, /give one of --readings FILE and --requests FILE/],
    [
      ['replay', '--pipeline', 'none', '--readings', 'x'],
      2,
      /"none" is neither in infra\/config.ts \(clicks.*\) nor/,
    ],
    [['run', '--pipeline', 'clicks'], 2, /--pipeline needs --requests-file FILE, or --stay/],
    [['run', '--all', '--pipeline', 'Meters'], 2, /--pipeline is for the run of one pipeline/],
    [['run', '--requests-file', 'a', '--requests-file', 'b'], 2, /given twice: several are for --all/],
    [['run', '--requests-file', 'none.ndjson'], 1, /there is no file none.ndjson/],
    [['run', '--json', '.'], 2, /^weir run: --json .: that is a folder, name a file\n/],
    [
      ['run', '--timeline', '/dev/null/t.html'],
      2,
      /--timeline \/dev\/null\/t.html: \/dev\/null is not a folder/,
    ],
    [
      ['plan', '--rate', '1', '--json', '/dev/null/x'],
      2,
      /--json \/dev\/null\/x: \/dev\/null is not a folder/,
    ],
    [['replay', '--pipeline', 'clicks', '--readings', 'x', '--save', '.'], 2, /--save .: that is a folder/],
    [['run', '--input', '/dev/null'], 2, /--input \/dev\/null: it is neither a file nor a folder/],
    [['undo'], 2, /there is no command "undo"/],
  ])(
    '%j',
    async (args, status, message) => {
      const ended = await weir(args, { cwd: temporaryFolder() });
      expect(ended.stderr).toMatch(message);
      expect(ended).toMatchObject({ status, stdout: '' });
    },
    TIMEOUT_MS,
  );

  test(
    'a port that is in use or forbidden, before anything starts',
    async () => {
      const taken = createServer();
      await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
      onTestFinished(() => void taken.close());
      const address = taken.address();
      const port = address === null || typeof address === 'string' ? 0 : address.port;
      const cwd = temporaryFolder();
      const ended = await weir(['run', '--page', String(port)], { cwd });
      expect(ended).toMatchObject({ status: 1, stdout: '' });
      expect(ended.stderr).toBe(
        `weir run: the live page: port ${port} is in use by another program; choose another with --page PORT, or ` +
          '--page 0 for any that is free\n',
      );
      expect(readdirSync(cwd)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test(
    'a run whose SQS is elsewhere, where nothing answers',
    async () => {
      const endpoint = await freedEndpoint();
      const env = { AWS_ENDPOINT_URL_SQS: endpoint };
      const ended = await weir(['run', '--stay', '--pipeline', 'clicks'], { cwd: temporaryFolder(), env });
      expect(ended).toMatchObject({ status: 1, stdout: '' });
      expect(ended.stderr).toBe(
        'Deploying on this machine ...\n' +
          `weir run: AmazonSQS.GetQueueUrl at ${endpoint}: nothing answers there. Start that engine, or unset the ` +
          'variable that names it\n',
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a local run that has ended and left its file',
    async () => {
      const queues = await startQueues();
      const { access } = queues.announcement;
      const cwd = announce({
        ...queues,
        announcement: { ...queues.announcement, access: { ...access, endpoint: await freedEndpoint() } },
      });
      const { status, stderr } = await weir(['status'], { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^weir status: no local run is up in this folder/);
    },
    TIMEOUT_MS,
  );

  test(
    'a local run that ends while a command asks it',
    async () => {
      const queues = await startQueues(() => queues.close());
      const { status, stderr } = await weir(['dead', 'list'], { cwd: announce(queues) });
      expect(status).toBe(1);
      expect(stderr).toBe('weir dead: the local run does not answer any more: it was ended meanwhile\n');
    },
    TIMEOUT_MS,
  );

  test(
    'every command explains itself with examples and exit statuses',
    async () => {
      for (const name of [
        'submit',
        'status',
        'keys',
        'state',
        'export',
        'dead',
        'stopped',
        'replay',
        'run',
      ]) {
        const { status, stdout } = await weir([name, '--help'], { cwd: temporaryFolder() });
        expect(status).toBe(0);
        expect(stdout).toMatch(/Exit status 0/);
        expect(stdout).toMatch(/Examples?: weir/);
      }
    },
    TIMEOUT_MS,
  );
});

describe('a deployed stack', () => {
  test(
    'is operated by the same commands, through its outputs and the credentials of the environment',
    async () => {
      const queues = await startQueues();
      const { addresses, access } = queues.announcement;
      const cloudFormation = await serveCloudFormation({
        RequestsQueueUrl: addresses.requestsQueue,
        RequestsDeadLetterQueueUrl: addresses.requestsDeadLetterQueue,
        ReadingsQueueUrl: addresses.readingsQueue,
        ReadingsDeadLetterQueueUrl: addresses.readingsDeadLetterQueue,
        StateTableName: addresses.table,
        UndeliveredBucketName: 'bucket',
      });
      const env = {
        AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation,
        AWS_ENDPOINT_URL_SQS: access.endpoint,
        AWS_ACCESS_KEY_ID: 'key',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_REGION: 'eu-west-1',
      };
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, 'requests.ndjson'), lines(12));
      const submitted = await weir(['submit', 'requests.ndjson', '--stack', 'clicks-production'], {
        cwd,
        env,
      });
      expect(submitted).toMatchObject({
        status: 0,
        stdout: 'Submitted 12 requests of 12 to clicks-production.\n',
      });
      expect(queues.requests.list()).toHaveLength(12);
      expect(existsSync(join(cwd, 'requests.ndjson.clicks-production.submitted'))).toBe(true);
      expect(readFileSync(join(cwd, 'requests.ndjson.clicks-production.submitted'), 'utf8')).toContain(
        addresses.requestsQueue,
      );

      const missing = await weir(['status', '--stack', 'nowhere'], { cwd, env });
      expect(missing.status).toBe(1);
      expect(missing.stderr).toMatch(
        /^weir status: there is no stack "nowhere" in eu-west-1 for these credentials/,
      );
      expect(missing.stdout).toBe('');
    },
    TIMEOUT_MS,
  );

  test(
    'without credentials or a region says which is missing',
    async () => {
      const none = {
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        AWS_PROFILE: undefined,
        AWS_REGION: undefined,
        AWS_DEFAULT_REGION: undefined,
        AWS_SESSION_TOKEN: undefined,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_EC2_METADATA_DISABLED: 'true',
      };
      const cwd = temporaryFolder();
      const noRegion = await weir(['status', '--stack', 'clicks-production'], { cwd, env: none });
      expect(noRegion).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/Set the region with --region/),
      });
      const args = ['status', '--stack', 'clicks-production', '--region', 'eu-west-1'];
      const noKeys = await weir(args, { cwd, env: none });
      expect(noKeys).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/Sign in \("aws sso login"\)/),
      });
    },
    TIMEOUT_MS,
  );
});

/** The two answers of CloudFormation's query protocol that finding a stack takes. */
async function serveCloudFormation(outputs: Record<string, string>): Promise<string> {
  const members = Object.entries(outputs)
    .map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    )
    .join('');
  const stack = `<member><StackName>clicks-production</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${members}</Outputs></member>`;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += String(data);
    });
    request.on('end', () => {
      const action = new URLSearchParams(body).get('Action') ?? '';
      const name = new URLSearchParams(body).get('StackName');
      response.setHeader('content-type', 'text/xml');
      if (name !== 'clicks-production') {
        response.writeHead(400);
        return response.end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
        );
      }
      const result =
        action === 'DescribeStacks' ? `<Stacks>${stack}</Stacks>` : '<StackResources></StackResources>';
      response.end(`<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}
