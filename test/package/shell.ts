/** Commands as a user of the package types them, in a folder outside this clone. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';

/** A folder that goes when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weir-package-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  return folder;
}

/** A command line as a user types it. Throws with all that was printed when it ends with a status that is not expected. */
export async function shell(
  folder: string,
  command: string,
  expected: readonly number[] = [0],
): Promise<string> {
  const child = spawn(command, {
    cwd: folder,
    shell: true,
    env: envIn(folder),
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

/**
 * That of this process, without what vitest and npm put there for their own children, and with its Node. The machine's
 * certificates stay: without them npm tries each request to a registry behind a proxy three times, for 70 seconds.
 */
export function userEnv(): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) =>
      !/^(VITEST|NODE_(?!(EXTRA_CA_CERTS|COMPILE_CACHE)$)|npm_|INIT_CWD|TEST$|DEV$|PROD$|MODE$)/.test(name),
  );
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return {
    ...Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    PATH: path,
    NO_COLOR: '1',
  };
}

/** What a command prints, with the commands of the packages in the folder or in the one above. Throws with all that it said when it fails. */
export function runIn(folder: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    cwd: folder,
    env: envIn(folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
}

/** What a command that fails says. */
export function failureIn(folder: string, ...command: [string, ...string[]]): string {
  try {
    return `no failure: ${runIn(folder, ...command)}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return `${stdout}${stderr}`;
  }
}

export interface Started {
  /** Resolves when the command has said it. */
  said(what: RegExp): Promise<void>;
  stop(): Promise<void>;
  /** At once, without a chance to end what it started. Resolves when nobody holds its output any more. */
  kill(): Promise<void>;
}

export function startIn(folder: string, command: string, ...args: string[]): Started {
  const child = spawn(command, args, { cwd: folder, env: envIn(folder), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((end) => child.once('close', () => end()));
  let text = '';
  const add = (more: unknown) => {
    text += String(more);
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  return {
    said: (what) =>
      new Promise((found, missed) => {
        const look = () => what.test(text) && found();
        child.stdout.on('data', look);
        look();
        void ended.then(() => missed(new Error(`${command} ended without it: ${text}`)));
      }),
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function envIn(folder: string): Record<string, string> {
  const env = userEnv();
  const bins = [folder, dirname(folder)].map((each) => join(each, 'node_modules/.bin'));
  return { ...env, PATH: [dirname(process.execPath), ...bins, env['PATH']].join(delimiter), CI: '1' };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = resolve(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
