/** Starts one of several runs as a process, and prints its lines with its name. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type OneOfAll, tellOneOfAll } from './one-of-all.ts';

const WEIR = fileURLToPath(new URL('../weir.mjs', import.meta.url));

/**
 * Resolves with the exit status; undefined if a signal ended the process. Interruptions are passed on to it.
 */
export async function startOneOfAll(
  args: readonly string[],
  told: OneOfAll,
  width: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const child = spawn(process.execPath, ['--', WEIR, 'run', ...args], {
    // Outside the terminal's process group, so Ctrl-C reaches it only through us. The end of its input tells
    // it that we are gone.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...tellOneOfAll(told) },
  });
  const print = (line: string) => `${told.pipeline.padEnd(width)} | ${line}`.trimEnd();
  createInterface({ input: child.stdout }).on('line', (line) => console.log(print(line)));
  createInterface({ input: child.stderr }).on('line', (line) => console.error(print(line)));
  const interrupt = () => void child.kill('SIGINT');
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    return await new Promise((ended, failed) => {
      child.once('error', failed);
      child.once('close', (status) => ended(status ?? undefined));
    });
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}
