/**
 * A process for code of users that may end or hold up its process, watched from outside: its resident memory and its end.
 * A thread would not do. It shares its process's memory outside of the heap, and it cannot be stopped inside a native call.
 *
 * A signal to the parent process does not reach the function. File descriptors: 6 is its input, 1 and 2 go to this
 * process's, 3 is open as long as this process lives, 4 is the answer, 5 is the caller's own.
 */
import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { Readable, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type Launched, launchProcess } from './launch-process.ts';
import { watchResident } from './resident-memory.ts';

/** How a process ended: by itself, or over its memory or its start, with the reason. */
export type Death = { readonly exitCode: number } | { readonly signal: string } | { readonly reason: string };

export interface WatchedProcess {
  readonly child: ChildProcess;
  readonly input: Writable | undefined;
  readonly died: Promise<Death>;
  /** Ends it, with all that it has started. */
  end(): void;
}

export interface WatchedOptions {
  /** The module that it runs: the function's own bundle. */
  readonly entry: URL;
  /** Its first argument, which tells the bundle its task. */
  readonly mark: string;
  readonly residentMb: number;
  /** Its file descriptor 5. */
  readonly fifth: number | 'ipc';
  /** The data that it has written to descriptor 4 so far. */
  readonly onAnswer?: (bytes: Buffer) => void;
  /** Default: this one. */
  readonly platform?: NodeJS.Platform | undefined;
}

/** A process without any work has 45 MB, most of it shared with its parent: the program itself. */
const RESIDENT_MB_MIN = 96;
const BESIDE_HEAP_MB = 64;

/** The share of a function's memory that a process may use. */
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
    // What it had written is read first: an answer may have been the last that it did.
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
      // Once: another process may have its number later.
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

/** A shell says of a process that a signal ended: 128 and the signal's number. */
function signalOf(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

/** The process id, which is in the first line where it is not known, and all bytes behind that. */
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

/** V8 says on stderr that its heap is full, and then aborts. */
function notesHeapEnd(stderr: Readable | null): () => boolean {
  let seen = false;
  stderr?.on('data', (chunk: Buffer) => {
    seen ||= chunk.includes('heap out of memory');
  });
  return () => seen;
}
