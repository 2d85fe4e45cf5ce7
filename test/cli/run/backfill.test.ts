/** `weir run --backfill FILE`, through the command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../operate/queues.ts';
import { madeApp } from '../made-app.ts';
import { weir } from '../weir.ts';

const TIMEOUT_MS = 1_200_000;
const fixture = (name: string) => resolve(import.meta.dirname, `../../fixtures/${name}.ts`);

function withFiles(files: Readonly<Record<string, readonly string[]>>): string {
  const cwd = temporaryFolder();
  for (const [name, ids] of Object.entries(files)) {
    const lines = ids.map((id) => JSON.stringify({ id, body: { way: 'plain' } }));
    writeFileSync(join(cwd, name), lines.map((line) => `${line}\n`).join(''));
  }
  return cwd;
}

function runWith(from: string, cwd: string, ...args: string[]) {
  return weir(['run', from, '--json', 'out.json', ...args], { cwd });
}

const madeLanes = () => madeApp('two-lanes', fixture('two-lanes'));

test(
  'a local run reads a file of each lane side by side, and its report says how many requests were in each',
  async () => {
    const cwd = withFiles({ 'live.ndjson': ['n1', 'n2'], 'old.ndjson': ['o1', 'o2', 'o3'] });
    const files = ['--requests-file', 'live.ndjson', '--backfill', 'old.ndjson'];
    const { status, stdout } = await runWith(await madeLanes(), cwd, ...files);
    expect(stdout).toContain('5 requests (live 2, backfill 3), 5 readings: 5 applied');
    expect(status).toBe(0);
    expect(JSON.parse(readFileSync(join(cwd, 'out.json'), 'utf8'))).toMatchObject({
      complete: true,
      requests: 5,
      backfill: 3,
      keys: { all: ['n1', 'n2', 'o1', 'o2', 'o3'] },
    });
  },
  TIMEOUT_MS,
);

test(
  'a local run takes a backfill alone, and the full report has a line of it',
  async () => {
    const cwd = withFiles({ 'old.ndjson': ['o1'] });
    const { status, stdout } = await runWith(await madeLanes(), cwd, '--backfill', 'old.ndjson', '--verbose');
    expect(stdout).toMatch(/requests +1\n.*of the backfill +1\n/);
    expect(status).toBe(0);
  },
  TIMEOUT_MS,
);

test.each([
  [
    'a pipeline without the lane',
    ['ledger', '--backfill', 'old.ndjson'],
    'weir run: --backfill: pipeline ledger has no backfill lane: add backfill: {} to its file, or submit the requests with --requests-file',
  ],
  [
    'the same requests in both lanes',
    ['two-lanes', '--requests-file', 'same.ndjson', '--backfill', 'old.ndjson'],
    'weir run: --backfill old.ndjson has the same requests as --requests-file same.ndjson: an id is one request in both lanes, so give each request once',
  ],
  [
    'a file that is not there',
    ['two-lanes', '--backfill', 'none.ndjson'],
    'weir run: there is no file none.ndjson',
  ],
])(
  'a local run refuses a backfill with %s before it deploys anything',
  async (_what, [pipeline = '', ...args], sentence) => {
    const cwd = withFiles({ 'old.ndjson': ['o1'], 'same.ndjson': ['o1'] });
    const { status, stdout, stderr } = await runWith(`--pipeline=${fixture(pipeline)}`, cwd, ...args);
    expect(stderr.split('\n')).toContain(sentence);
    expect(stdout).not.toContain('Deployed');
    expect(status).not.toBe(0);
  },
  TIMEOUT_MS,
);
