/** How `weir run` reports problems: while it runs, and with its exit status. */
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../operate/queues.ts';
import { madeApp } from '../made-app.ts';
import { startWeir, until, weir } from '../weir.ts';

const TIMEOUT_MS = 1_200_000;
const fixture = (name: string) => resolve(import.meta.dirname, `../../fixtures/${name}.ts`);

async function argsFor(pipeline: string, cwd: string, requests: readonly unknown[]): Promise<string[]> {
  const file = join(cwd, 'requests.ndjson');
  writeFileSync(file, requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  return ['run', await madeApp(pipeline, fixture(pipeline)), '--requests-file', file];
}

test(
  'a run in which an error set something aside says what and why, says how to go on, and ends with 3',
  async () => {
    const cwd = temporaryFolder();
    const broken = join(cwd, 'broken');
    writeFileSync(broken, '');
    const entries = [
      { account: 'a', amount: 1 },
      { account: 'a', amount: 2, brokenWhile: broken },
    ];
    const away = { id: 'r-2', body: { entries: [], unreadableWhile: broken } };
    const { status, stdout, stderr } = await weir(
      await argsFor('ledger', cwd, [{ id: 'r-1', body: { entries } }, away]),
      {
        cwd,
      },
    );
    expect(status).toBe(3);
    expect(stdout).toContain('read failed: the source is away · request r-2, attempt 1, set aside\n');
    expect(stdout).toContain('reading set aside: amount 2 cannot be booked · key a, request r-1\n');
    expect(stdout).toContain('reading is accounted for.\nDead letter: 1 × ');
    expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
      'If your code was at fault: fix it and run again. Each run starts from nothing.',
      'If it was something else: run with --stay, then type "npx weir dead list" in another terminal.',
    ]);
    expect(stderr).not.toContain('amount 2 cannot be booked');
  },
  TIMEOUT_MS,
);

test(
  'a run in which a key stopped does not end with success',
  async () => {
    const cwd = temporaryFolder();
    const broken = join(cwd, 'broken');
    writeFileSync(broken, '');
    const entries = [{ account: 'a', amount: 1, brokenWhile: broken }];
    const { status, stdout } = await weir(await argsFor('strict-ledger', cwd, [{ entries }]), { cwd });
    expect(status).toBe(1);
    expect(stdout).toContain('"npx weir stopped list"');
  },
  TIMEOUT_MS,
);

test(
  'a read that keeps failing is reported at its first failure, long before it is given up',
  async () => {
    const cwd = temporaryFolder();
    const away = join(cwd, 'away');
    writeFileSync(away, '');
    const request = { entries: [{ account: 'a', amount: 1 }], unreadableWhile: away };
    const run = startWeir(await argsFor('strict-ledger', cwd, [{ id: 'r-1', body: request }]), { cwd });
    let said = '';
    run.stdout?.on('data', (data) => {
      said += String(data);
    });
    await until(() => said.includes('read failed: '));
    expect(said).toContain('read failed: the source is away · request r-1, attempt 1, to be tried again\n');
    expect(said).not.toContain('accounted for');
    rmSync(away);
    await until(() => run.exitCode !== null);
    expect(run.exitCode).toBe(0);
    expect(said).not.toContain('at fault');
  },
  TIMEOUT_MS,
);

test(
  'readings that the pipeline skips by its own rule are no error: the sample ends with 0',
  async () => {
    const { status, stdout } = await weir(['run', '--requests', '10'], { cwd: temporaryFolder() });
    expect(status).toBe(0);
    expect(stdout).toMatch(/, 1 skipped, 0 dead letters;/);
    expect(stdout).not.toContain('What this run would have cost');
    expect(stdout).not.toContain('at fault');
    expect(stdout).not.toContain(' failed');
  },
  TIMEOUT_MS,
);
