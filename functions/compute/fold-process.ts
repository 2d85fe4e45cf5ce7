/**
 * Runs one fold in a process of its own and watches it from outside: its time and its resident memory. A thread would
 * not do. It shares its process's memory outside of the heap, and it cannot be stopped inside a native call.
 *
 * A shell stands between the two: a signal to the parent process does not reach the function. File descriptors: 0 is the
 * fold to make, 1 and 2 go to this process's, 3 is open as long as this process lives, 4 is the process id and then the
 * answer, 5 is the progress, kept in a file so that it outlives SIGKILL.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { isRecord } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { Ending, RunFold } from './fold-apart.ts';
import { FOLD_INPUT, FOLD_MARK, PROGRESS_BYTES, type Progress, readProgress } from './fold-child.ts';

/**
 * Where the kernel has to end a process for its memory, it is to be this one; and when the parent is gone, everything
 * goes that was started here. https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
const LAUNCH = [
  // A shell gives no input to what it starts in the background, so the fold comes by another descriptor.
  `exec ${FOLD_INPUT}<&0`,
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

/** `entry` is the module that the process runs: the function's own bundle, which calls serveFold. */
export function createFoldProcess(entry: URL, { memoryMb }: Pick<Limits, 'memoryMb'>): RunFold {
  const residentMb = Math.max(RESIDENT_MB_MIN, Math.floor(memoryMb / 2));
  return async (input, timeoutMs) => {
    const progress = openProgress();
    try {
      const child = start(entry, residentMb - BESIDE_HEAP_MB, progress.file);
      const end = await watch(child, serialize(input), residentMb, timeoutMs);
      return 'fold' in end || 'error' in end ? end : { ...end, at: progress.read() };
    } finally {
      progress.close();
    }
  };
}

function start(entry: URL, heapMb: number, progress: number): ChildProcess {
  const flags = [`--max-old-space-size=${heapMb}`, '--max-semi-space-size=4'];
  const command = [process.execPath, ...flags, fileURLToPath(entry), FOLD_MARK];
  return spawn('/bin/sh', ['-c', LAUNCH, 'weir-fold', ...command], {
    detached: true, // A group of its own, so that it ends with all that it has started.
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', progress],
  });
}

type End = Exclude<Ending, { readonly at: Progress | undefined }> | Dead;
type Dead = { readonly died: string } | { readonly late: true };

function watch(child: ChildProcess, input: Buffer, residentMb: number, timeoutMs: number): Promise<End> {
  const [job, , , lifeline, answers] = child.stdio;
  const timers: NodeJS.Timeout[] = [];
  let pid: number | undefined;
  return new Promise<End>((resolve) => {
    timers.push(setTimeout(() => resolve({ late: true }), timeoutMs));
    timers.push(
      setInterval(() => {
        if (residentBytes(pid) <= residentMb * 2 ** 20) return;
        resolve({ died: `took more than ${residentMb} MB of memory` });
      }, WATCH_EVERY_MS),
    );
    child.once('error', (error) => resolve({ died: `could not be started in a process: ${error.message}` }));
    forward(child.stdout, process.stdout);
    forward(child.stderr, process.stderr);
    const outOfHeap = notesHeapEnd(child.stderr);
    child.once('exit', (code, signal) => {
      // What it had written is read first: an answer may have been the last that it did.
      setImmediate(() => resolve({ died: deathOf(code, signal, outOfHeap()) }));
    });
    if (answers instanceof Readable) {
      onAnswer(answers, resolve, (found) => {
        pid = found;
      });
    }
    job?.on('error', () => undefined); // It ended before it had read everything; how it ended is told above.
    job?.end(input);
  }).finally(() => {
    for (const timer of timers) clearTimeout(timer);
    killGroup(child.pid);
    if (lifeline instanceof Readable) lifeline.destroy();
    if (answers instanceof Readable) answers.destroy();
  });
}

function deathOf(code: number | null, signal: string | null, outOfHeap: boolean): string {
  if (outOfHeap) return 'ran out of memory';
  const by = signal ?? signalOf(code ?? 0);
  return `ended its process ${by === undefined ? `with exit code ${code}` : `by ${by}`}`;
}

/** A shell says of a process that a signal ended: 128 and the signal's number. */
function signalOf(code: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
}

/** The answer has its length before it: after it the process may go on for ever, and no end would be seen. */
function onAnswer(answers: Readable, resolve: (answer: End) => void, started: (pid: number) => void): void {
  const chunks: Buffer[] = [];
  answers.on('error', () => undefined);
  answers.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const from = bytes.indexOf('\n') + 1;
    if (from > 0) started(Number(bytes.toString('latin1', 0, from)));
    if (from === 0 || bytes.length < from + 4 || bytes.length < from + 4 + bytes.readUInt32LE(from)) return;
    const answer: unknown = deserialize(bytes.subarray(from + 4));
    if (isAnswer(answer)) resolve(answer);
  });
}

/** Made by this very build in another process: what it is called is check enough. */
function isAnswer(value: unknown): value is Extract<Ending, { fold: unknown } | { error: unknown }> {
  return isRecord(value) && ('fold' in value || 'error' in value);
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

interface ProgressFile {
  readonly file: number;
  read(): Progress | undefined;
  close(): void;
}

/** Its bytes are there before anything is computed: a disk that compute has filled does not matter. */
function openProgress(): ProgressFile {
  const path = join(tmpdir(), `weir-fold-${randomUUID()}`);
  const file = openSync(path, 'wx+', 0o600);
  rmSync(path);
  writeSync(file, Buffer.alloc(PROGRESS_BYTES, 0xff), 0, PROGRESS_BYTES, 0);
  return {
    file,
    read() {
      const bytes = Buffer.alloc(PROGRESS_BYTES);
      readSync(file, bytes, 0, PROGRESS_BYTES, 0);
      return readProgress(bytes);
    },
    close: () => closeSync(file),
  };
}
