/**
 * Runs a command of this project as a user would, and returns its exit status and the contents of its
 * summary.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../../infra/bundling/bundle.ts';

export interface Ending {
  /** undefined: it did not end by itself within TIME_MS. */
  readonly status: number | undefined;
  /** What it printed, on both streams. */
  readonly text: string;
  /** Of `weir run --json`; undefined if the file was not written. */
  readonly summary: Summary | undefined;
}

export interface Summary {
  readonly applied: number;
  readonly skipped: number;
  readonly deadLettered: number;
  /** The state of each key. */
  readonly keys: Readonly<Record<string, unknown>>;
}

/** A run that goes on for ever is the fault in some cases; none of them takes as long once it is fixed. */
const TIME_MS = 120_000;

/** `folder` is for the summary, which nothing else may write to. */
export async function weirRun(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ending> {
  const json = join(folder, 'summary.json');
  const timeline = join(folder, 'timeline.html');
  const all = ['cli/weir.ts', 'run', ...args, '--json', json, '--timeline', timeline];
  const ended = await node(all, env);
  const text = await readFile(json, 'utf8').catch(() => undefined);
  return { ...ended, summary: text === undefined ? undefined : summaryOf(JSON.parse(text)) };
}

export function node(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Omit<Ending, 'summary'>> {
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
  }
  // A first signal asks for the report; what does not heed it is ended.
  const ask = setTimeout(() => child.kill('SIGINT'), TIME_MS);
  const end = setTimeout(() => child.kill('SIGKILL'), TIME_MS + 10_000);
  const began = performance.now();
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => {
      clearTimeout(ask);
      clearTimeout(end);
      resolve({ status: performance.now() - began < TIME_MS ? (code ?? undefined) : undefined, text });
    });
  });
}

function summaryOf(value: unknown): Summary {
  const { applied, skipped, deadLettered, keys } = Object(value);
  return {
    applied: Number(applied),
    skipped: Number(skipped),
    deadLettered: Number(deadLettered),
    keys: Object(keys),
  };
}
