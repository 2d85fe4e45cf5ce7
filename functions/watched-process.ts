/**
 * A process for code of users that may end or hold up its process, watched from outside: its resident memory and its end.
 * A thread would not do. It shares its process's memory outside of the heap, and it cannot be stopped inside a native call.
 *
 * A shell stands between the two: a signal to the parent process does not reach the function. File descriptors: 0 is
 * input (6 in the process), 1 and 2 go to this process's, 3 is open as long as this process lives, 4 is the process id and
 * then the answer, 5 is the caller's own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** The file descriptor of the process's input. */
export const INPUT = 6;

/** How a process ended: by itself, or over its memory or its start, with the reason. */
export type Death = { readonly exitCode: number } | { readonly signal: string } | { readonly reason: string };

export interface WatchedProcess {
  readonly child: ChildProcess;
  readonly died: Promise<Death>;
  /** Ends it, with all that it has started. */
  end(): void;
}

export interface WatchedOptions {
  /** The module that it runs: the function's own bundle. */
  readonly entry: URL;
  /** Its first argument: by it the bundle knows what it is to be. */
  readonly mark: string;
  readonly residentMb: number;
  /** Its file descriptor 5. */
  readonly fifth: number | 'ipc';
  /** What it has written to descriptor 4 until now. */
  readonly onAnswer?: (bytes: Buffer) => void;
}

/**
 * Where the kernel has to end a process for its memory, it is to be this one; and when the parent is gone, everything
 * goes that was started here. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
const LAUNCH = [
  // A shell gives no input to what it starts in the background, so the input comes by another descriptor.
  `exec ${INPUT}<&0`,
  '(read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 4>&- 5>&- &',
  'echo 1000 2>/dev/null >/proc/self/oom_score_adj',
  '"$@" 3<&- &',
  'echo $! >&4',
  'exec 4>&- 5>&-',
  'wait $!',
].join('\n');

/** A process without any work has 45 MB, most of it shared with its parent: the program itself. */
const RESIDENT_MB_MIN = 96;
const BESIDE_HEAP_MB = 64;
const WATCH_EVERY_MS = 5;
const PAGE_BYTES = 4096;

/** What a process may take of a function's memory. */
export function residentMbOf(memoryMb: number, share: number): number {
  return Math.max(RESIDENT_MB_MIN, Math.floor(memoryMb * share));
}

export function startWatched(options: WatchedOptions): WatchedProcess {
  const child = start(options);
  const [, , , lifeline, answers] = child.stdio;
  const { promise: died, resolve } = Promise.withResolvers<Death>();
  let pid: number | undefined;
  let isOver = false;
  const timer = setInterval(() => {
    if (residentBytes(pid) <= options.residentMb * 2 ** 20) return;
    resolve({ reason: `took more than ${options.residentMb} MB of memory` });
  }, WATCH_EVERY_MS);
  child.once('error', (error) => resolve({ reason: `could not be started in a process: ${error.message}` }));
  forward(child.stdout, process.stdout);
  forward(child.stderr, process.stderr);
  const outOfHeap = notesHeapEnd(child.stderr);
  child.once('exit', (code, signal) => {
    // What it had written is read first: an answer may have been the last that it did.
    setImmediate(() => resolve(deathOf(code, signal, outOfHeap())));
  });
  onAnswers(answers, (found, bytes) => {
    pid = found;
    options.onAnswer?.(bytes);
  });
  return {
    child,
    died,
    end() {
      // Once: another process may have its number later.
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      killGroup(child.pid);
      if (lifeline instanceof Readable) lifeline.destroy();
      if (answers instanceof Readable) answers.destroy();
    },
  };
}

function start({ entry, mark, residentMb, fifth }: WatchedOptions): ChildProcess {
  const flags = [`--max-old-space-size=${residentMb - BESIDE_HEAP_MB}`, '--max-semi-space-size=4'];
  const command = [process.execPath, ...flags, fileURLToPath(entry), mark];
  return spawn('/bin/sh', ['-c', LAUNCH, mark, ...command], {
    detached: true, // A group of its own, so that it ends with all that it has started.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', fifth],
  });
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

/** The process id in its first line, and all bytes behind that. */
function onAnswers(answers: unknown, found: (pid: number, bytes: Buffer) => void): void {
  if (!(answers instanceof Readable)) return;
  const chunks: Buffer[] = [];
  answers.on('error', () => undefined);
  answers.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
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

/** 0 where there is no /proc: then the heap's own limit is all there is. */
function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended already.
  }
}
