/** The command line as users run it, in processes of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

const WEIR = resolve(import.meta.dirname, '../../../cli/weir.mjs');

/** The folder of `.weir`, and the DynamoDB that the runs use. */
export interface Place {
  readonly folder: string;
  readonly dynamodb: string;
}

export interface Ended {
  readonly status: number | null;
  readonly printed: string;
}

export async function weir(args: readonly string[], place: Place): Promise<Ended> {
  const child = start(args, place);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process has no pipes');
  const status = new Promise<number | null>((ended) => child.once('close', ended));
  const [out, error] = await Promise.all([text(stdout), text(stderr)]);
  return { status: await status, printed: out + error };
}

/** A local run that stays up until `stop`. */
export async function stay(args: readonly string[], place: Place): Promise<{ stop(): Promise<void> }> {
  const child = start(['run', ...args, '--stay'], place);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      said += String(data);
    });
  const ended = new Promise((end) => child.once('exit', end));
  let stopping = false;
  void ended.then(() => {
    if (!stopping) console.error(`weir run ended by itself: ${child.exitCode ?? child.signalCode}\n${said}`);
  });
  const file = join(place.folder, '.weir/local.json');
  // The file exists before its content is written.
  while (!existsSync(file) || readFileSync(file).length === 0) {
    if (child.exitCode !== null) throw new Error(`weir run ended with ${child.exitCode}: ${said}`);
    await pause();
  }
  return {
    async stop() {
      stopping = true;
      child.kill('SIGINT');
      await ended;
    },
  };
}

function start(args: readonly string[], { folder, dynamodb }: Place): ChildProcess {
  const env = { ...process.env, NO_COLOR: '1', AWS_ENDPOINT_URL_DYNAMODB: dynamodb };
  const child = spawn(process.execPath, ['--', WEIR, ...args], { cwd: folder, env });
  child.stdin?.end();
  return child;
}

const LOOK_EVERY_MS = 100;

export function pause(): Promise<void> {
  return new Promise((ended) => setTimeout(ended, LOOK_EVERY_MS));
}
