/** Every command, from a user's folder, on a local run of the installed package that stays up. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed } from './packed.ts';
import { REQUESTS, STRICT, TEST } from './project.ts';
import { runIn, type Started, shell, startIn, writeFiles } from './shell.ts';

const TIMEOUT = 1_200_000;
const PIPELINE = '--pipeline temperatures';

describe.each([
  { name: 'a pipeline in TypeScript', ending: 'ts' },
  { name: 'a pipeline in JavaScript, an ES module', ending: 'js' },
])('$name, in a project that has the package', ({ ending }) => {
  let folder: string;
  let up: Started;
  const weir = (command: string, status = 0) => shell(folder, `weir ${command}`, [status]);

  beforeAll(async () => {
    folder = join(await installed(), `commands in ${ending}`);
    writeFiles(folder, {
      'package.json': '{ "name": "mine", "private": true, "type": "module" }',
      [`pipelines/temperatures.${ending}`]: STRICT,
      'requests.ndjson': REQUESTS,
      'bad.ndjson': '{"room":"nowhere","celsius":1}\n{"room":"a","celsius":-300}\n',
    });
    up = startIn(folder, 'weir', 'run', '--requests-file', 'requests.ndjson', '--stay');
    await up.said(/The run stays up/);
  }, TIMEOUT);
  afterAll(() => up.stop());

  test('is seen in state, keys, export and status', { timeout: TIMEOUT }, async () => {
    expect(await weir('state a --json')).toMatch(/"count": ?2,\s*"sum": ?4/);
    const keys = await weir('keys');
    expect(keys).toMatch(/\n +a +\d+ +2 +0 +0 +0\n/);
    expect(keys).toMatch(/\n +b +1 +1 +0 +0 +0\n/);
    expect(await weir('export')).toContain('{"key":"b","version":1,"state":{"count":1,"sum":2}}');
    expect(await weir('status')).toContain('No dead letters, no stopped keys.');
  });

  test('takes what is submitted; what cannot be read is dead, and what cannot be computed stops its key', {
    timeout: TIMEOUT,
  }, async () => {
    expect(await weir('submit bad.ndjson')).toContain('Submitted 2 requests of 2');
    await until(() => weir('stopped list', 3), /a +1 +.*below the absolute zero/);
    expect(await weir('dead list', 3)).toMatch(/no such room/);
    expect(await weir('stopped skip a')).toContain('"a" goes on');
    await until(() => weir('dead list', 3), /below the absolute zero/);
    expect(await weir('dead discard --all --yes')).toContain('Discarded 2 dead letters');
    expect(await weir('status')).toContain('No dead letters, no stopped keys.');
  });

  test('is folded again by replay: from its requests come the states that are there', {
    timeout: TIMEOUT,
  }, async () => {
    expect(await weir(`replay ${PIPELINE} --requests requests.ndjson`)).toMatch(
      /a +2 +0 +0 +same\n +b +1 +0 +0 +same\n/,
    );
  });

  test('is planned and simulated', { timeout: TIMEOUT }, async () => {
    const file = `pipelines/temperatures.${ending}`;
    const work = '--rate 5 --read-median 100 --read-p99 900 --keys 20 --requests 2000';
    expect(await weir(`plan --pipeline ${file} ${work}`)).toContain('AWS can carry 5 readings a second.');
    const simulated = await weir(`simulate ${PIPELINE} --requests-file requests.ndjson --seeds 5`);
    expect(simulated).toMatch(/No problem was found\.\n5 runs, 15 readings applied/);
  });

  test('leaves what it wrote in .weir of its folder', () => {
    expect(readdirSync(join(folder, '.weir'))).toEqual(
      expect.arrayContaining(['local.json', 'plan.html', 'timeline.html']),
    );
  });
});

test('the test kit of the package tests a pipeline in JavaScript', { timeout: TIMEOUT }, async () => {
  const folder = join(await installed(), 'javascript test');
  writeFiles(folder, {
    'package.json': '{ "name": "mine", "private": true, "type": "module" }',
    'pipelines/temperatures.js': STRICT,
    'test/temperatures.test.js': TEST.replace('temperatures.ts', 'temperatures.js'),
  });
  expect(runIn(folder, 'vitest', 'run')).toMatch(/1 passed/);
});

async function until(look: () => Promise<string>, what: RegExp): Promise<void> {
  let seen = '';
  while (!what.test(seen)) {
    await wait(200);
    seen = await look().catch(String);
  }
}
