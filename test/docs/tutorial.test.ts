/**
 * Runs docs/tutorial.md word for word with the packed package: `sh` blocks are executed line by line, `ts
 * FILE` blocks are written to files, and an `output` block is compared with the output of the lines before
 * it. Each `…` in it stands for any text.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packed } from '../package/packed.ts';
import { INSTALL, shell, temporaryFolder, userEnv } from '../package/shell.ts';

const TUTORIAL = resolve(import.meta.dirname, '../../docs/tutorial.md');
const TIMEOUT = 1_200_000;
/** 3: done, and there is something to look at, such as a dead letter. */
const DONE = [0, 3];
const started: ChildProcess[] = [];
afterAll(() => {
  // The group: npx and the shell are between.
  for (const { pid } of started) if (pid !== undefined) process.kill(-pid, 'SIGINT');
});

interface Block {
  readonly kind: string;
  readonly text: string;
}

function blocksOf(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({
    kind,
    text,
  }));
}

test('the tutorial works word for word', { timeout: TIMEOUT }, async () => {
  const blocks = blocksOf(readFileSync(TUTORIAL, 'utf8'));
  const parent = temporaryFolder();
  const { tarball } = await packed();
  let folder = parent;
  let printed = '';
  const run = async (line: string) => {
    const entered = /^mkdir (\S+) && cd \S+$/.exec(line)?.[1];
    if (entered !== undefined) {
      folder = join(parent, entered);
      mkdirSync(folder);
    } else {
      // The one liberty: where the package comes from, and that npm asks its cache first.
      const asked = line.replace(/^npm install(?: (weir-pipelines))?$/, (_all, name?: string) =>
        name === undefined ? INSTALL : `${INSTALL} "${tarball}"`,
      );
      printed += await shell(folder, asked, DONE);
    }
  };
  for (const { kind, text } of blocks) {
    const lines = text.trim().split('\n');
    if (kind === 'sh') {
      printed = '';
      for (const line of lines) await run(line);
    } else if (kind === 'sh background') {
      await startStaying(folder, text.trim());
    } else if (kind === 'output') {
      expect(printed).toMatch(patternOf(text.trim()));
    } else if (kind.startsWith('ts ')) {
      const file = join(folder, kind.slice('ts '.length));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  expect(blocks.filter(({ kind }) => kind.startsWith('sh')).length).toBeGreaterThan(8);
});

/** `…` is any text. Runs of spaces are one: columns move with what is in them. */
function patternOf(quoted: string): RegExp {
  const parts = quoted.split(/\s*…\s*/).map((part) =>
    part
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('\\s+'),
  );
  return new RegExp(parts.join('[\\s\\S]*'));
}

/** Until it is up and has read what it was given: the commands that follow talk to it. */
async function startStaying(folder: string, line: string): Promise<void> {
  const child = spawn(line, { cwd: folder, shell: true, env: userEnv(), detached: true, stdio: 'pipe' });
  started.push(child);
  let said = '';
  const listen = (data: unknown) => {
    said += String(data);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  while (!said.includes('The run stays up')) {
    if (child.exitCode !== null) throw new Error(`${line} ended: ${said}`);
    await new Promise((looked) => setTimeout(looked, 100));
  }
  expect(existsSync(join(folder, '.weir/local.json'))).toBe(true);
}
