/**
 * Ctrl-C in a local run whose compute never returns: first in a thread, then in a separate process when it is
 * tried again.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../operate/queues.ts';
import { madeApp } from '../made-app.ts';
import { startWeir, until, weir } from '../weir.ts';

const PIPELINE = resolve(import.meta.dirname, '../../fixtures/blocked-compute.ts');

let app: string;
beforeAll(async () => {
  app = await madeApp('blocked', PIPELINE);
});

/** Waits until compute has begun so many times, and gives the process that it began in last. */
async function begunIn(file: string, times: number): Promise<number> {
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
  await until(() => lines().length >= times);
  return Number(lines().at(-1));
}

/** The ids of the processes that came of it, itself included. Linux only. */
function treeOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const);
  const tree = [root];
  for (const pid of tree)
    tree.push(...parents.filter(([, parent]) => parent === pid).map(([child]) => child));
  return tree;
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN; // It has ended meanwhile.
  }
}

/** A process that has ended and that nobody waits for is as good as gone. */
function isThere(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.skipIf(process.platform !== 'linux').for([
  ['a loop', 'loop', 'the thread of its function', 1],
  ['a native call', 'hash', 'the thread of its function', 1],
  ['a native call', 'hash', 'a process of its own', 2],
  ['a command', 'command', 'a process of its own', 2],
] as const)(
  'Ctrl-C while compute stands in %s (%s) in %s ends the run, with every process that it has started',
  { timeout: 1_200_000 },
  async ([, how, , times]) => {
    const cwd = temporaryFolder();
    const begun = join(cwd, 'begun');
    const file = join(cwd, 'requests.ndjson');
    writeFileSync(file, `${JSON.stringify({ how, begun })}\n`);
    const run = startWeir(['run', '--patient', app, '--requests-file', file], {
      cwd,
      ownGroup: true,
    });
    const pid = await begunIn(begun, times);
    const root = run.pid ?? 0;
    expect(pid === root).toBe(times === 1);
    const tree = treeOf(root);
    expect(tree).toContain(pid);
    process.kill(-root, 'SIGINT');
    await until(() => run.exitCode !== null || run.signalCode !== null);
    expect(run.exitCode).toBe(130);
    await until(() => !tree.some(isThere));
  },
);

test.skipIf(process.platform !== 'linux')(
  'a second Ctrl-C ends a run at once, even if a thread stands in a native call',
  { timeout: 1_200_000 },
  async () => {
    const cwd = temporaryFolder();
    const begun = join(cwd, 'begun');
    const file = join(cwd, 'requests.ndjson');
    writeFileSync(file, `${JSON.stringify({ how: 'hash', begun })}\n`);
    const run = startWeir(['run', '--patient', app, '--requests-file', file], {
      cwd,
      ownGroup: true,
    });
    await begunIn(begun, 1);
    const root = run.pid ?? 0;
    process.kill(-root, 'SIGINT');
    // The command is ending now: it waits two seconds for the thread.
    await new Promise((resolve) => setTimeout(resolve, 300));
    // On a busy machine it has ended by now.
    if (run.exitCode === null) process.kill(-root, 'SIGINT');
    await until(() => run.exitCode !== null || run.signalCode !== null);
    expect(run.exitCode).toBe(130);
  },
);

test.skipIf(process.platform === 'win32')(
  'when a function ends the process of a local run, the run says which function, why that ends it and what to do',
  { timeout: 1_200_000 },
  async () => {
    const cwd = temporaryFolder();
    const file = join(cwd, 'requests.ndjson');
    writeFileSync(file, `${JSON.stringify({ how: 'kill', begun: join(cwd, 'begun') })}\n`);
    const { stderr } = await weir(['run', '--pipeline', PIPELINE, '--requests-file', file], { cwd });
    expect(stderr).toContain('ended it from outside of JavaScript. At work: Compute.\nFunctions are threads');
    expect(stderr).toContain('then run and submit again.\n');
  },
);
