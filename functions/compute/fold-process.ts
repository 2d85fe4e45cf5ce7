/**
 * Runs one fold in a separate process, with limits on its time and memory (../watched-process.ts). The fold is the
 * process's input. Its progress is in a file, so that it survives SIGKILL.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { isRecord } from '../json.ts';
import type { Limits } from '../limits.ts';
import { type Death, residentMbOf, startWatched } from '../watched-process.ts';
import type { Ending, RunFold } from './fold-apart.ts';
import { FOLD_MARK, PROGRESS_BYTES, type Progress, readProgress } from './fold-child.ts';

/** Share of the function's memory that a fold may take. The function needs the rest. */
const SHARE = 1 / 2;

/** `entry` is the module that the process runs: the function's own bundle, which calls serveFold. */
export function createFoldProcess(
  entry: URL,
  { memoryMb }: Pick<Limits, 'memoryMb'>,
  platform?: NodeJS.Platform,
): RunFold {
  return async (input, timeoutMs) => {
    const progress = openProgress();
    try {
      const fold = {
        entry,
        mark: FOLD_MARK,
        residentMb: residentMbOf(memoryMb, SHARE),
        fifth: progress.file,
        platform,
      };
      const end = await runFold(fold, serialize(input), timeoutMs);
      return 'fold' in end || 'error' in end ? end : { ...end, at: progress.read() };
    } finally {
      progress.close();
    }
  };
}

type End = Exclude<Ending, { readonly at: Progress | undefined }> | Dead;
type Dead = { readonly died: string } | { readonly late: true };

function runFold(fold: Parameters<typeof startWatched>[0], input: Buffer, timeoutMs: number): Promise<End> {
  const { promise, resolve } = Promise.withResolvers<End>();
  const onAnswer = (bytes: Buffer) => {
    const answer = answerIn(bytes);
    if (answer !== undefined) resolve(answer);
  };
  const { input: job, died, end } = startWatched({ ...fold, onAnswer });
  const timer = setTimeout(() => resolve({ late: true }), timeoutMs);
  void died.then((death) => resolve({ died: deathOf(death) }));
  job?.on('error', () => undefined); // The process ended before it read all its input. `died` tells how.
  job?.end(input);
  return promise.finally(() => {
    clearTimeout(timer);
    end();
  });
}

function deathOf(death: Death): string {
  if ('reason' in death) return death.reason;
  return `ended its process ${'signal' in death ? `by ${death.signal}` : `with exit code ${death.exitCode}`}`;
}

type Answer = Extract<Ending, { fold: unknown } | { error: unknown }>;

/** The answer starts with its length. The end of the stream cannot mark it: the process may run on after its answer. */
function answerIn(bytes: Buffer): Answer | undefined {
  if (bytes.length < 4 || bytes.length < 4 + bytes.readUInt32LE(0)) return undefined;
  const answer: unknown = deserialize(bytes.subarray(4));
  return isAnswer(answer) ? answer : undefined;
}

/** The answer comes from the same build in another process, so a check of its field is enough. */
function isAnswer(value: unknown): value is Answer {
  return isRecord(value) && ('fold' in value || 'error' in value);
}

interface ProgressFile {
  readonly file: number;
  read(): Progress | undefined;
  close(): void;
}

/** The bytes are written before compute runs, so progress can be recorded even if compute fills the disk. */
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
