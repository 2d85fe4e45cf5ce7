/**
 * Reads a file with one JSON value per line (NDJSON), piece by piece: only one line is in memory, and its length is
 * limited. Line numbers start at 1. Empty lines count but are not returned.
 */
import { createReadStream } from 'node:fs';
import { OperatorError } from './operator-error.ts';

/** SQS accepts 1 MiB, and JSON's escapes may be longer than their characters. */
const LINE_BYTES_MAX = 4 * 1_048_576;
const NEWLINE = 0x0a;

export interface Line {
  readonly number: number;
  readonly text: string;
}

/** Calls `onBytes` with all bytes of the file, in order. */
export async function* linesOf(file: string, onBytes?: (bytes: Buffer) => void): AsyncGenerator<Line> {
  let number = 0;
  const finish = (bytes: Buffer): Line | undefined => {
    number += 1;
    const text = decode(bytes, file, number);
    return text === '' ? undefined : { number, text };
  };
  let started: Buffer[] = [];
  let startedBytes = 0;
  for await (const chunk of piecesOf(file)) {
    onBytes?.(chunk);
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const line = finish(Buffer.concat([...started, chunk.subarray(from, end)]));
      if (line !== undefined) yield line;
      started = [];
      startedBytes = 0;
      from = end + 1;
    }
    started.push(chunk.subarray(from));
    startedBytes += chunk.length - from;
    if (startedBytes > LINE_BYTES_MAX) {
      throw new OperatorError(
        `${file}, line ${number + 1}: longer than ${LINE_BYTES_MAX} bytes; a line holds one JSON value, and SQS takes ` +
          '1 MiB of it',
      );
    }
  }
  const last = startedBytes === 0 ? undefined : finish(Buffer.concat(started));
  if (last !== undefined) yield last;
}

async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(file)) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new OperatorError(`there is no file ${file}`);
    if (code === 'EISDIR') throw new OperatorError(`${file} is a folder: name a file`);
    if (code === 'EACCES') throw new OperatorError(`${file} may not be read by this user`);
    throw error;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer, file: string, number: number): string {
  try {
    return utf8.decode(bytes).trim(); // The decoder drops a byte order mark.
  } catch {
    throw new OperatorError(`${file}, line ${number}: not UTF-8`);
  }
}
