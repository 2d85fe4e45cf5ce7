/** The package as `npm pack` makes it, from a copy of the sources: packing swaps the manifest, which other tests use. */
import { execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { PROJECT } from '../../infra/bundling/bundle.ts';

const COPIED = [
  '*.{json,md}',
  '.npmrc',
  'LICENSE',
  '{cli,client,functions,infra,local,model,operate,plan,simulate,testing,toolchain}',
];

export interface Packed {
  /** Outside of the clone, with a space and letters that are not ASCII. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths in the tarball. */
  readonly files: readonly string[];
  readonly unpackedBytes: number;
  remove(): void;
}

export function pack(): Packed {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'weir Häuser ')));
  const sources = join(folder, 'sources');
  mkdirSync(sources);
  for (const name of globSync(COPIED, { cwd: PROJECT })) {
    cpSync(join(PROJECT, name), join(sources, name), { recursive: true });
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(sources, 'node_modules'));
  const told: unknown = JSON.parse(
    runIn(sources, 'npm', 'pack', '--json', '--loglevel=error', '--pack-destination', folder),
  );
  const [packed] = Object.values(told as Record<string, PackedFile>);
  if (packed === undefined) throw new Error('npm pack packed nothing');
  return {
    folder,
    tarball: join(folder, packed.filename),
    files: packed.files.map(({ path }) => path),
    unpackedBytes: packed.unpackedSize,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface PackedFile {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** What a command prints, started with the Node of this process. Throws with all that it said when it fails. */
export function runIn(folder: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, {
    cwd: folder,
    env: envIn(folder),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  });
}

export interface Started {
  /** Resolves when the command has said it. */
  said(what: RegExp): Promise<void>;
  stop(): Promise<void>;
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
  };
}

function envIn(folder: string): NodeJS.ProcessEnv {
  const { PATH = '', ...env } = process.env;
  const ofUser = Object.entries(env).filter(([name]) => !/^(npm_|NODE_OPTIONS|VITEST|INIT_CWD)/i.test(name));
  const folders = [dirname(process.execPath), join(folder, 'node_modules/.bin'), PATH];
  return { ...Object.fromEntries(ofUser), PATH: folders.join(delimiter), NO_COLOR: '1', CI: '1' };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = resolve(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
