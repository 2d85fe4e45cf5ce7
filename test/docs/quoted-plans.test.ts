/**
 * The plans in docs/plan.md equal the current output of `weir plan`: its simulation has a seed, so every
 * number repeats.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { ROOT, textOf } from './markdown.ts';

const execute = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'weir-plans-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DOCUMENT = textOf('docs/plan.md');
const QUOTED = [...DOCUMENT.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => {
  const name = /^Plan: (\w+)$/m.exec(text)?.[1];
  return name === undefined ? [] : [{ name, text: text.trim() }];
});

/** Of a plan without an example: the command that the page quotes before it. */
function argumentsOf(name: string): string[] {
  const quoted = /`npm run plan -- (--rate [^`]+)`/.exec(DOCUMENT)?.[1] ?? '';
  return name === 'plan' ? quoted.split(' ') : ['--workload', `plan/examples/${name}.json`];
}

test('docs/plan.md prints four plans', () => {
  expect(QUOTED.map(({ name }) => name)).toEqual(['small', 'medium', 'large', 'plan']);
});

test.each(QUOTED)(
  'the plan $name of docs/plan.md is what weir plan prints',
  { timeout: 1_200_000 },
  async ({ name, text }) => {
    const args = ['--', 'cli/weir.mjs', 'plan', ...argumentsOf(name), '--page', join(folder, `${name}.html`)];
    // Status 1: no setting carries it.
    const { stdout } = await execute(process.execPath, args, { cwd: ROOT }).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error) {
        return { stdout: String(error.stdout) };
      }
      throw error;
    });
    expect(stdout).toContain(text);
  },
);
