/**
 * A separate process for user code that may end or block its process. This process watches its resident memory and its end. A
 * thread would not be enough: it shares the memory outside the heap, and it cannot be stopped inside a native call.
 *
 * If the code signals its parent process, that is the shell of launch-process.ts and not the function. File descriptors: 6 is
 * the input, 1 and 2 go to those of this process, 3 is open as long as this process lives, 4 is the answer, 5 is the caller's.
 */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Launched, launchProcess } from './launch-process.ts';
import { watchResident } from './resident-memory.ts';

/** How a process ended. `reason` is set if it used too much memory or could not start. */
export type Death = { readonly exitCode: number } | { readonly signal: string } | { readonly reason: string };

export interface WatchedProcess {
  readonly child: ChildProcess;
  readonly input: Writable | undefined;
  readonly died: Promise<Death>;
  /** Ends the process and all processes that it started. */
  end(): void;
}

export interface WatchedOptions {
  /** The module that it runs: the function's own bundle. */
  readonly entry: URL;
  /** The first argument, which tells the bundle its task. */
  readonly mark: string;
  readonly residentMb: number;
  /** File descriptor 5 of the process. */
  readonly fifth: number | 'ipc';
  /** Called with all data that the process has written to descriptor 4 so far. */
  readonly onAnswer?: (bytes: Buffer) => void;
  /** Default: the platform of this process. */
  readonly platform?: NodeJS.Platform | undefined;
}

/** An idle process has 45 MB, most of it the program itself, which it shares with its parent. */
const RESIDENT_MB_MIN = 96;
const BESIDE_HEAP_MB = 64;

/** The most MB of resident memory that a process may use, as a share of the function's memory. */
export function residentMbOf(memoryMb: number, share: number): number {
  return Math.max(RESIDENT_MB_MIN, Math.floor(memoryMb * share));
}

export function startWatched(options: WatchedOptions): WatchedProcess {
  const launched = start(options);
  const { child, input } = launched;
  const [, , , lifeline, answers] = child.stdio;
  const { promise: died, resolve } = Promise.withResolvers<Death>();
  let { pid } = launched;
  let isOver = false;
  const unwatch = watchResident(
    () => pid,
    (bytes) => {
      if (bytes > options.residentMb * 2 ** 20)
        resolve({ reason: `took more than ${options.residentMb} MB of memory` });
    },
    options.platform,
  );
  child.once('error', (error) => resolve({ reason: `could not be started in a process: ${error.message}` }));
  forward(child.stdout, process.stdout);
  forward(child.stderr, process.stderr);
  const outOfHeap = notesHeapEnd(child.stderr);
  child.once('exit', (code, signal) => {
    // Data that the process wrote is read first, because it may have sent its answer just before it ended.
    setImmediate(() => resolve(deathOf(code, signal, outOfHeap())));
  });
  onAnswers(answers, pid, (found, bytes) => {
    pid = found;
    options.onAnswer?.(bytes);
  });
  return {
    child,
    input,
    died,
    end() {
      // Only once: another process may get the same id later.
      if (isOver) return;
      isOver = true;
      unwatch();
      launched.kill();
      if (lifeline instanceof Readable) lifeline.destroy();
      if (answers instanceof Readable) answers.destroy();
    },
  };
}

function start({ entry, mark, residentMb, fifth, platform }: WatchedOptions): Launched {
  const flags = [`--max-old-space-size=${residentMb - BESIDE_HEAP_MB}`, '--max-semi-space-size=4'];
  return launchProcess([process.execPath, ...flags, fileURLToPath(entry), mark], mark, fifth, platform);
}

function deathOf(code: number | null, signal: string | null, outOfHeap: boolean): Death {
  if (outOfHeap) return { reason: 'ran out of memory' };
  const by = signal ?? signalOf(code ?? 0);
  return by === undefined ? { exitCode: code ?? 0 } : { signal: by };
}

/** The exit code that a shell reports for a signal is 128 plus the signal's number. */
function signalOf(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

/** Calls `found` with the process id, which is the first line unless it is known, and all bytes after it. */
function onAnswers(
  answers: unknown,
  known: number | undefined,
  found: (pid: number, bytes: Buffer) => void,
): void {
  if (!(answers instanceof Readable)) return;
  const chunks: Buffer[] = [];
  answers.on('error', () => undefined);
  answers.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (known !== undefined) return found(known, bytes);
    const from = bytes.indexOf('\n') + 1;
    if (from > 0) found(Number(bytes.toString('latin1', 0, from)), bytes.subarray(from));
  });
}

function forward(from: Readable | null, to: NodeJS.WritableStream): void {
  from?.on('error', () => undefined);
  from?.on('data', (chunk: Buffer) => to.write(chunk));
}

/** V8 reports a full heap on stderr and then aborts. */
function notesHeapEnd(stderr: Readable | null): () => boolean {
  let seen = false;
  stderr?.on('data', (chunk: Buffer) => {
    seen ||= chunk.includes('heap out of memory');
  });
  return () => seen;
}
