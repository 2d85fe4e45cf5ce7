/** Typical mistakes of new users, in separate processes: a message with the way out, and no stack trace. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../../cli/command-table.ts';
import { temporaryFolder } from '../operate/queues.ts';
import { type Ended, weir } from './weir.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const LEDGER = join(PROJECT, 'test/fixtures/ledger.ts');
const hintOf = (command: string) => `\nweir ${command} --help shows how to call it.\n`;

describe('a wrong option is named, with the command that shows the help:', () => {
  test.each([
    [['keys', '--limit', '-1'], '--limit -1: give a whole number from 1 to 10000000'],
    [['run', '--requests', '-5'], '--requests -5: give a whole number from 1 to 100000'],
    [['status', '--every', '-3'], '--every -3: give a whole number from 1 to 3600'],
    [['status', '--jsn'], '--jsn is not an option: did you mean --json?'],
    [['run', '--pipeline'], '--pipeline: its value is missing'],
  ])('%j', async (args, message) => {
    const stderr = `weir ${args[0]}: ${message}${hintOf(args[0] ?? '')}`;
    expect(await weir(args, { cwd: temporaryFolder() })).toEqual({ status: 2, stdout: '', stderr });
  });

  test('a negative rate of a plan', async () => {
    const args = ['plan', '--rate', '-1', '--read-median', '10'];
    const { status, stderr } = await weir(args, { cwd: temporaryFolder() });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^weir plan: .*\n {2}requestsPerSecond \(--rate\) is -1: give a number from/);
    expect(stderr).not.toMatch(/ambiguous/);
  });

  test('a plan without its numbers names the options that give them', async () => {
    const { status, stderr } = await weir(['plan', '--keys', '5'], { cwd: temporaryFolder() });
    expect(status).toBe(2);
    expect(stderr).toMatch(/requestsPerSecond \(--rate\) is missing: give a number/);
    expect(stderr).toMatch(/readMs \(--read-median\) is missing: give milliseconds/);
  });
});

describe('npm run simulate', () => {
  const simulate = (...args: string[]) =>
    new Promise<Ended>((ended) => {
      execFile(
        process.execPath,
        [join(PROJECT, 'cli/commands/simulate.ts'), ...args],
        (error, stdout, stderr) => ended({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });

  test('explains itself with --help', async () => {
    const { status, stdout, stderr } = await simulate('--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/--seeds N[\s\S]*Exit status 0[\s\S]*Examples: npm run simulate -- --seeds 2000/);
  });

  test.each([
    [['--seeds', '-1'], /^simulate: --seeds -1: give a whole number from 1 to \d+\n/],
    [['--seed', 'x'], /^simulate: --seed x: give a whole number/],
    [['--sed', '1'], /^simulate: --sed is not an option: did you mean --seed\?\n/],
    [['--mutants', '--only', 'no reciepts'], /^simulate: --only no reciepts: did you mean "no receipts"\?\n/],
    [
      ['--seed', '1', '--json', '/dev/null/x'],
      /^simulate: --json \/dev\/null\/x: \/dev\/null is not a folder\n/,
    ],
    [['--trace'], /^simulate: --trace goes with --seed SEED\n/],
  ])('%j ends with status 2 and a sentence, before anything is simulated', async (args, message) => {
    const { status, stdout, stderr } = await simulate(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\nnpm run simulate -- --help shows how to call it\.\n$/);
  });
});

test('a mistyped command is refused with a suggestion, and "weir help run" prints the help of run', async () => {
  const cwd = temporaryFolder();
  const { status, stderr } = await weir(['sttus'], { cwd });
  expect([status, stderr.split('\n')[0]]).toEqual([
    2,
    'weir: there is no command "sttus": did you mean status?',
  ]);
  expect(await weir(['help', 'keys'], { cwd })).toEqual(await weir(['keys', '--help'], { cwd }));
  expect((await weir(['help', 'rnu'], { cwd })).stderr).toMatch(/did you mean run\?/);
  expect((await weir(['dead', 'lits'], { cwd })).stderr).toMatch(/did you mean list\?/);
});

test('weir alone shows the four commands to begin with and how to see all, weir help shows all', async () => {
  const cwd = temporaryFolder();
  const alone = await weir([], { cwd });
  const named = [...alone.stdout.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
  expect([alone.status, named]).toEqual([0, ['init', 'run', 'simulate', 'plan']]);
  expect(alone.stdout).toContain('weir help          all commands');
  const all = await weir(['help'], { cwd });
  for (const name of Object.keys(COMMANDS)) expect(all.stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
});

test('with an older Node, Weir says in one sentence which version it needs', async () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' });
    Object.defineProperty(process, 'version', { value: 'v20.1.0' });
    await import(${JSON.stringify(`${PROJECT}/cli/weir.mjs`)});`;
  const args = ['--input-type=module', '--eval', script];
  const { status, stderr } = await new Promise<Ended>((ended) => {
    execFile(process.execPath, args, (error, stdout, stderr) => {
      ended({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
  expect(stderr).toBe(
    'Weir needs Node 24, this is v20.1.0. On Linux npm ci brings it; elsewhere install Node 24.\n',
  );
  expect(status).toBe(1);
});

test('weir --version prints the version of package.json, and the help lists it', async () => {
  const cwd = temporaryFolder();
  const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  expect(await weir(['--version'], { cwd })).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect((await weir(['help'], { cwd })).stdout).toMatch(/weir --version/);
});

test.runIf(existsSync('/proc'))('a command whose result file cannot be written ends at once', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'r.ndjson'), '');
  const replay = ['replay', '--pipeline', LEDGER, '--readings', 'r.ndjson'];
  for (const args of [
    ['run', '--svg', '/proc/nope/x'],
    ['run', '--json', '/proc/nope/x'],
    [...replay, '--save', '/proc/nope/x'],
  ]) {
    const { status, stderr } = await weir(args, { cwd });
    expect([status, stderr]).toEqual([2, expect.stringMatching(/--[a-z]+ \/proc\/nope\/x: .*\(E[A-Z]+\)\n/)]);
  }
});

describe('weir replay', () => {
  const files = () => {
    const cwd = temporaryFolder();
    const entries = ['a', 'b'].map((account) => ({ account, amount: 1 }));
    writeFileSync(join(cwd, 'requests.ndjson'), `${JSON.stringify({ entries })}\n`);
    writeFileSync(join(cwd, 'broken.ndjson'), '{"n":\n');
    return cwd;
  };
  const replay = ['replay', '--pipeline', LEDGER];

  test.each([['--requests'], ['--readings']])(
    'names a broken file of %s even if no local run is up',
    async (option) => {
      const { status, stderr } = await weir([...replay, option, 'broken.ndjson'], { cwd: files() });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^weir replay: broken\.ndjson, line 1: the line is not JSON/);
    },
  );

  test('and weir run report a broken file without words about sending', async () => {
    const cwd = files();
    for (const args of [
      [...replay, '--requests', 'broken.ndjson'],
      ['run', '--requests-file', 'broken.ndjson'],
    ]) {
      const { status, stderr } = await weir(args, { cwd });
      expect(status).toBe(1);
      expect(stderr).toMatch(/line 1: the line is not JSON/);
      expect(stderr).not.toMatch(/sent/);
    }
  });

  test('with only --save says that nothing was compared, and its file can be compared later', async () => {
    const cwd = files();
    const requests = ['--requests', 'requests.ndjson'];
    const saved = await weir([...replay, ...requests, '--save', 'states.ndjson'], { cwd });
    expect(saved).toEqual({
      status: 0,
      stdout: '2 states saved to "states.ndjson", nothing compared.\n',
      stderr: '',
    });
    const compared = await weir([...replay, ...requests, '--states', 'states.ndjson'], { cwd });
    expect(compared).toMatchObject({ status: 0, stdout: expect.stringMatching(/2 keys, 0 not the same/) });
  });
});

test('a pipe, which can be read only once, is accepted for readings and refused for requests', async () => {
  const cwd = temporaryFolder();
  execFileSync('sh', ['-c', 'mkfifo pipe'], { cwd });
  const replay = ['replay', '--pipeline', LEDGER, '--save', 'states.ndjson'];
  const requests = await weir([...replay, '--requests', 'pipe'], { cwd });
  expect([requests.status, requests.stderr]).toEqual([
    1,
    expect.stringMatching(/^weir replay: pipe is a pipe: it gives its lines once.*; name a file\n$/),
  ]);
  writeFileSync(join(cwd, 'readings.ndjson'), '{"reading":{"account":"a","amount":1}}\n');
  const writer = spawn('sh', ['-c', 'exec cat readings.ndjson > pipe'], { cwd });
  onTestFinished(() => void writer.kill());
  const readings = await weir([...replay, '--readings', 'pipe'], { cwd });
  expect(readings.stdout).toBe('1 state saved to "states.ndjson", nothing compared.\n');
});

describe('a pipeline file that cannot be loaded is named with the line at fault', () => {
  const definition = `import { definePipeline } from ${JSON.stringify(join(PROJECT, 'functions/pipeline.ts'))};`;

  test.each([
    [
      'a syntax error',
      'const a = 1;\nexport default {\n  a,\n',
      /mine\.ts:4:1: Expected identifier but found end/,
    ],
    [
      'a name given twice',
      'const a = 1;\nconst a = 2;\n',
      /mine\.ts:2:7: The symbol "a" has already been declared/,
    ],
    ['syntax that node cannot strip', '\nenum A { b }\n', /mine\.ts:2: TypeScript enum is not supported/],
    [
      'an import of what is not there',
      '\nimport "./none.ts";\n',
      /mine\.ts:2:8: Could not resolve "\.\/none\.ts"/,
    ],
    ['a syntax error in what it imports', 'import "./part.ts";\n', /part\.ts:3:1: Unexpected "}"/],
    ['an exception', '\n\nthrow new TypeError("boom");\n', /mine\.ts:3:7: boom/],
    [
      'an exception in what it calls',
      `${definition}\n\nexport default definePipeline({ name: 'x y' } as never);\n`,
      /mine\.ts:3:16: pipeline "x y" cannot work:\n {2}- name is "x y": use a letter/,
    ],
    ['something else that is thrown', 'throw "text";\n', /cannot be loaded: it threw "text"/],
  ])('%s', async (_, source, place) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'mine.ts'), source);
    writeFileSync(join(cwd, 'part.ts'), 'const a = [\n1];\n}\n');
    const { status, stderr } = await weir(['replay', '--pipeline', 'mine.ts', '--readings', 'x'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^weir replay: pipeline file .*mine\.ts cannot be loaded: /);
    expect(stderr).toMatch(place);
  });
});
