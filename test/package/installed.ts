/** Weir as its users have it: the tarball that npm pack makes, installed in a folder outside of this clone. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';

const CLONE = resolve(import.meta.dirname, '../..');

/** A folder that goes when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-package-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of the tarball: WEIR_TARBALL, where it was made before, else made of a copy, since packing changes package.json. */
export function tarball(): string {
  const made = process.env['WEIR_TARBALL'];
  if (made !== undefined) return made;
  const folder = temporaryFolder();
  const copy = join(folder, 'clone');
  for (const name of readdirSync(CLONE)) {
    if (LEFT_OUT.has(name)) continue;
    cpSync(join(CLONE, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(CLONE, 'node_modules'), join(copy, 'node_modules'));
  const { status, stderr, stdout } = spawnSync('npm', ['pack', '--pack-destination', folder], {
    cwd: copy,
    env: userEnv(),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stdout}${stderr}`);
  return join(folder, stdout.trim().split('\n').at(-1) ?? '');
}

const LEFT_OUT = new Set(['.git', '.weir', 'bench', 'cdk.out', 'dist', 'docs', 'node_modules', 'test']);

/** A command line as a user types it. Throws with all that was printed when it ends with a status that is not expected. */
export async function shell(
  folder: string,
  command: string,
  expected: readonly number[] = [0],
): Promise<string> {
  const child = spawn(command, {
    cwd: folder,
    shell: true,
    env: userEnv(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolved) => child.once('close', resolved));
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const status = await ended;
  if (status === null || !expected.includes(status))
    throw new Error(`${command} ended with ${status}:\n${out}${error}`);
  return out + error;
}

export const INSTALL = 'npm install --no-audit --no-fund --prefer-offline';

/** That of this process, without what vitest and npm put there for their own children, and with its Node. */
export function userEnv(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_|npm_|INIT_CWD|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    PATH: path,
    NO_COLOR: '1',
  };
}
