/** A run on this machine reports what AWS would show, and ends when it can make no progress. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { enterZoneOf } from '../../local/lambda/zone-of-functions.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { madeApp } from './made-app.ts';
import { startWeir, until, weir } from './weir.ts';

/** A machine that is slow is no failure; this ends a test that hangs. */
const TIMEOUT_MS = 1_200_000;
const TROUBLES = resolve(import.meta.dirname, '../fixtures/troubles.ts');

/** The option that gives the pipeline. Runs that are not about its functions take a stack that is made already. */
const pipeline = `--pipeline=${TROUBLES}`;
let app: string;
beforeAll(async () => {
  app = await madeApp('troubles', TROUBLES);
}, TIMEOUT_MS);

function argsFor(from: string, cwd: string, ...troubles: readonly string[]): string[] {
  const lines = troubles.map((trouble) => `${JSON.stringify({ trouble })}\n`);
  writeFileSync(join(cwd, 'requests.ndjson'), lines.join(''));
  return ['run', from, '--requests-file', 'requests.ndjson', '--json', 'out.json'];
}

function summaryIn(cwd: string): unknown {
  return JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'));
}

/** What read and compute saw: the same. */
function seenIn(cwd: string): string[] {
  const { keys } = v.parse(
    v.object({ keys: v.object({ all: v.object({ saw: v.array(v.string()) }) }) }),
    summaryIn(cwd),
  );
  const { saw } = keys.all;
  expect(saw.slice(saw.length / 2)).toEqual(saw.slice(0, saw.length / 2));
  return saw;
}

describe('functions of a local run see', () => {
  test(
    'UTC, en_US.UTF-8 and only the variables that were asked for, whatever this machine has',
    async () => {
      const cwd = temporaryFolder();
      writeFileSync(join(cwd, '.env'), 'GREETING=from the file\nSECRET="a b"\n');
      const env = { TZ: 'Asia/Tokyo', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8', GREETING: 'of the shell' };
      const args = [...argsFor(pipeline, cwd, 'none'), '--env', 'GREETING=hello', '--env-file', '.env'];
      const { status, stderr } = await weir(args, { cwd, env });
      expect([status, stderr]).toEqual([0, 'Deploying on this machine ...\n']);
      expect(seenIn(cwd)).toEqual(
        expect.arrayContaining(['UTC en-US 0 :UTC en_US.UTF-8', 'no HOME, hello, a b']),
      );
    },
    TIMEOUT_MS,
  );

  test(
    'arguments, options, umask, user and host of Lambda, whatever this machine and its shell have',
    async () => {
      const cwd = temporaryFolder();
      const before = process.umask(0o077);
      onTestFinished(() => void process.umask(before));
      const env = { NODE_OPTIONS: '--expose-gc --stack-trace-limit=3' };
      expect(await weir(argsFor(pipeline, cwd, 'none'), { cwd, env })).toMatchObject({
        status: 0,
        stderr: 'Deploying on this machine ...\n',
      });
      expect(seenIn(cwd)).toEqual(
        expect.arrayContaining([
          '/var/lang/bin/node /var/runtime/index.mjs [] 10 gc false umask 22',
          'sbx_user1051 at 169.254.0.1 in /tmp, 0 files',
        ]),
      );
      // What is for the user stays the user's alone.
      expect(statSync(join(cwd, 'out.json')).mode & 0o777).toBe(0o600);
    },
    TIMEOUT_MS,
  );

  test(
    'the zone that TZ names, as on Lambda',
    async () => {
      const cwd = temporaryFolder();
      await weir([...argsFor(pipeline, cwd, 'none'), '--env', 'TZ=Asia/Tokyo'], { cwd });
      expect(seenIn(cwd)).toEqual(expect.arrayContaining(['Asia/Tokyo en-US 9 Asia/Tokyo en_US.UTF-8']));
    },
    TIMEOUT_MS,
  );

  test('no other language: LANG is refused, because one process has one', () => {
    const message = 'a local run has en_US.UTF-8, and LANG asks for de_DE.UTF-8: leave it out here';
    expect(() => enterZoneOf([{}, { LANG: 'de_DE.UTF-8' }])).toThrow(message);
  });

  test('one time zone: two at once are refused', () => {
    expect(() => enterZoneOf([{ TZ: 'Asia/Tokyo' }, { TZ: ':UTC' }])).toThrow(
      'a local run has one time zone for all functions, and TZ asks for Asia/Tokyo and :UTC: give all the same',
    );
  });

  test.each([
    [['--env', 'GREETING'], '--env "GREETING": give NAME=VALUE, the name of letters, digits and _'],
    [['--env', '1=secret'], '--env "1=...": give NAME=VALUE, the name of letters, digits and _'],
    [['--env', 'AWS_REGION=x'], 'the variable AWS_REGION is set by Lambda: you cannot set it'],
    [['--env-file', 'none'], '--env-file none cannot be read (ENOENT)'],
  ])('no variable that Lambda would refuse: %j', async (args, message) => {
    const { status, stderr } = await weir(['run', ...args], { cwd: temporaryFolder() });
    expect([status, stderr.split('\n')[0]]).toEqual([2, `weir run: ${message}`]);
  });
});

describe('a run that makes no more progress ends with 3 and says why', () => {
  test(
    'when all that is left keeps failing for reasons that differ only in what they name',
    async () => {
      const cwd = temporaryFolder();
      const { status, stdout } = await weir(argsFor(app, cwd, 'away-1', 'away-22', 'none'), { cwd });
      expect(status).toBe(3);
      expect(stdout).toMatch(
        /\nEverything left has failed 3 times or more:\n {2}read failed: .*GET http[^\n]*\nThe run ends. With --patient/,
      );
      expect(summaryIn(cwd)).toMatchObject({ complete: false, applied: 1, standstill: [expect.any(String)] });
    },
    TIMEOUT_MS,
  );

  test(
    'when no invocation of a function returns',
    async () => {
      const cwd = temporaryFolder();
      const { status, stdout } = await weir(argsFor(app, cwd, 'exit'), { cwd });
      expect(status).toBe(3);
      expect(stdout).toMatch(
        /\nA function starts, but none of its invocations returns:\n {2}Compute: .*status 7\n/,
      );
    },
    TIMEOUT_MS,
  );
});

describe('a run that counted nothing ends with 4, a sentence and its JSON', () => {
  test.each([
    [[], 'There is nothing to do: the input has no requests.'],
    [['no reading', 'no reading'], 'Nothing was counted: 2 requests gave no readings.'],
    [
      ['skip', 'skip'],
      'Nothing was counted: the pipeline skipped all 2 readings, the last one because: no line of this kind',
    ],
  ])(
    '%j',
    async (troubles, sentence) => {
      const cwd = temporaryFolder();
      const { status, stdout } = await weir(argsFor(app, cwd, ...troubles), { cwd });
      expect([status, stdout.trimEnd().split('\n').at(-1)]).toEqual([4, sentence]);
      expect(summaryIn(cwd)).toMatchObject({ requests: troubles.length, applied: 0 });
    },
    TIMEOUT_MS,
  );
});

test(
  'Ctrl-C ends a run whose compute has no end',
  async () => {
    const cwd = temporaryFolder();
    const run = startWeir(argsFor(app, cwd, 'endless'), { cwd });
    let said = '';
    run.stdout?.on('data', (data) => {
      said += String(data);
    });
    await until(() => said.includes('1 computing'));
    run.kill('SIGINT');
    await until(() => run.exitCode !== null);
    expect(run.exitCode).toBe(130);
    expect(summaryIn(cwd)).toMatchObject({ complete: false });
  },
  TIMEOUT_MS,
);

test(
  'Ctrl-C ends a replay whose compute has no end',
  async () => {
    const cwd = temporaryFolder();
    const reading = { key: 'all', reading: { trouble: 'endless', saw: [] } };
    writeFileSync(join(cwd, 'readings.ndjson'), `${JSON.stringify(reading)}\n`);
    const args = [
      'replay',
      '--pipeline',
      TROUBLES,
      '--readings',
      'readings.ndjson',
      '--save',
      'states.ndjson',
    ];
    const child = startWeir(args, { cwd });
    // Long enough for it to be computing on most machines; on any other Ctrl-C ends it as well.
    await new Promise((ended) => setTimeout(ended, 3_000));
    child.kill('SIGINT');
    await until(() => child.exitCode !== null || child.signalCode !== null);
    expect(child.signalCode).toBe('SIGINT');
  },
  TIMEOUT_MS,
);
