/** The command line as users run it: a separate process with pipes, signals and an exit status. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export const WEIR = resolve(import.meta.dirname, '../../cli/weir.mjs');

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface WeirOptions {
  /** Where `.weir` is. */
  readonly cwd: string;
  /** Undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** A process group of its own, as a terminal gives it. */
  readonly ownGroup?: boolean;
  /** Default: the command itself. */
  readonly program?: string;
}

/** The commands of the clone: `npm run bench` and `npm run demo`. */
export const BENCH = resolve(import.meta.dirname, '../../bench/command.ts');

export function startWeir(
  args: readonly string[],
  { cwd, env = {}, ownGroup = false, program = WEIR }: WeirOptions,
): ChildProcess {
  const child = spawn(process.execPath, ['--', program, ...args], {
    cwd,
    detached: ownGroup,
    env: { ...process.env, NO_COLOR: '1', ...env },
  });
  // A command may end before it has read its input. What came of it is in its status.
  child.stdin?.on('error', () => undefined);
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await new Promise((ended) => child.once('exit', ended));
  });
  return child;
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process has no pipes');
  const status = new Promise<number | null>((ended) => child.once('close', (code) => ended(code)));
  const [out, error] = await Promise.all([text(stdout), text(stderr)]);
  return { status: await status, stdout: out, stderr: error };
}

export async function weir(args: readonly string[], options: WeirOptions): Promise<Ended> {
  const child = startWeir(args, options);
  child.stdin?.end(options.input ?? '');
  return endOf(child);
}

/** The JSON that a command answers with --json. */
export async function weirJson(args: readonly string[], options: WeirOptions): Promise<unknown> {
  const { stdout, stderr } = await weir([...args, '--json'], options);
  try {
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`weir ${args.join(' ')} gave no JSON: ${stdout}${stderr}`, { cause: error });
  }
}

/** A local run that stays up. `from` is the option that gives the pipeline. */
export async function startStay(from: string, cwd: string): Promise<ChildProcess> {
  const child = startWeir(['run', '--stay', from], { cwd });
  let said = '';
  child.stdout?.on('data', (data) => {
    said += String(data);
  });
  child.stderr?.on('data', (data) => {
    said += String(data);
  });
  await until(() => {
    if (child.exitCode !== null) throw new Error(`weir run ended with ${child.exitCode}: ${said}`);
    return (
      existsSync(join(cwd, '.weir/local.json')) && readFileSync(join(cwd, '.weir/local.json')).length > 0
    );
  });
  return child;
}

const LOOK_EVERY_MS = 50;

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((ended) => setTimeout(ended, LOOK_EVERY_MS));
}
