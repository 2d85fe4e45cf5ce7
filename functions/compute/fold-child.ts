/**
 * Runs inside the process of a fold: reads the input, folds, answers and ends. Everything is synchronous, so nothing that
 * compute left behind (a timer, endless microtasks) runs before the answer is sent.
 */
import { readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { INPUT } from '../descriptors.ts';
import { reasonOf } from '../errors.ts';
import { isRecord } from '../json.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock } from '../ports.ts';
import { type Fold, fold } from './fold.ts';
import type { FoldInput } from './fold-input.ts';
import { INITIAL, MIGRATE } from './initial.ts';

/** The argument with which the bundle runs a fold instead of a function. */
export const FOLD_MARK = 'weir-fold';
const ANSWER = 4;
const PROGRESS = 5;

/** The reading that was begun last: its message, as an index into `receiptsOf(input)`, and its index in that message. */
export interface Progress {
  readonly message: number;
  readonly index: number;
}

export const PROGRESS_BYTES = 8;

export function readProgress(bytes: Buffer): Progress | undefined {
  const message = bytes.readInt32LE(0);
  return message < 0 ? undefined : { message, index: bytes.readInt32LE(4) };
}

/** In a process that was started for a fold: runs it and ends the process. Elsewhere it does nothing. */
export function serveFold(pipeline: Pipeline, clock: Clock): void {
  if (process.argv[2] !== FOLD_MARK) return;
  const input: unknown = deserialize(readFileSync(INPUT));
  if (!isFoldInput(input)) throw new Error('the process got no fold to run');
  answer(foldNoted(pipeline, clock, input));
  process.kill(process.pid, 'SIGKILL');
}

/** Everything that a fold may begin: the receipt of each message, initial and migrate. */
export function receiptsOf({ parked, arrivals }: FoldInput): string[] {
  return [...[...parked, ...arrivals].map(({ receipt }) => receipt), INITIAL, MIGRATE];
}

type Answer = { readonly fold: Fold } | { readonly error: unknown };

function foldNoted(pipeline: Pipeline, clock: Clock, input: FoldInput): Answer {
  const receipts = receiptsOf(input);
  const bytes = Buffer.alloc(PROGRESS_BYTES);
  try {
    const folded = fold(pipeline, clock, input, (receipt, index) => {
      bytes.writeInt32LE(receipts.indexOf(receipt), 0);
      bytes.writeInt32LE(index, 4);
      writeSync(PROGRESS, bytes, 0, PROGRESS_BYTES, 0);
    });
    return { fold: folded };
  } catch (error) {
    return { error: new Error(reasonOf(error)) };
  }
}

function answer(given: Answer): void {
  const content = serialize(given);
  const bytes = Buffer.alloc(4 + content.length);
  bytes.writeUInt32LE(content.length, 0);
  content.copy(bytes, 4);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWER, bytes, sent);
}

/** The input comes from the same build in another process, so a check of two fields is enough. */
function isFoldInput(value: unknown): value is FoldInput {
  return isRecord(value) && 'arrivals' in value && 'condemned' in value;
}
