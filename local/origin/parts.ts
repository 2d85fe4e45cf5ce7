/**
 * Divides a log file into parts: whole lines, in order, with nothing left out, and numbers of lines as equal
 * as possible. The file is read twice, in pieces, and never held in memory.
 */
import { createReadStream } from 'node:fs';
import { READINGS_PER_REQUEST_MAX } from '../../functions/limits.ts';

export interface Part {
  /** Number of the part's first line in the file, from 1. */
  readonly firstLine: number;
  /** Byte offsets in the file; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Half of what a source may return: parts have the same number of lines, not of bytes. */
const PART_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Returns more parts than `parts` if one would exceed what a request may read. A compressed file is one part.
 */
export async function splitFile(file: string, parts: number): Promise<Part[]> {
  if (!Number.isSafeInteger(parts) || parts < 1) throw new RangeError(`${parts} parts: use 1 or more`);
  const { lines, bytes, gzip } = await measure(file);
  if (bytes === 0) return [];
  const needed = Math.ceil(Math.max(lines / READINGS_PER_REQUEST_MAX, bytes / PART_BYTES_MAX));
  const count = gzip ? 1 : Math.min(Math.max(parts, needed), lines);
  const firstLines = Array.from({ length: count }, (_, index) => 1 + Math.floor((index * lines) / count));
  const starts = await offsetsOf(file, firstLines);
  return firstLines.map((firstLine, index) => ({
    firstLine,
    start: starts[index] ?? 0,
    end: starts[index + 1] ?? bytes,
  }));
}

async function measure(file: string): Promise<{ lines: number; bytes: number; gzip: boolean }> {
  let bytes = 0;
  let ends = 0;
  let last = NEWLINE;
  let gzip = false;
  for await (const chunk of chunksOf(file)) {
    if (bytes === 0) gzip = chunk[0] === 0x1f && chunk[1] === 0x8b;
    bytes += chunk.length;
    last = chunk.at(-1) ?? last;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) ends += 1;
  }
  // A last line without a line end counts as a line.
  return { lines: last === NEWLINE ? ends : ends + 1, bytes, gzip };
}

/** The byte offsets of these lines, which must be in ascending order. */
async function offsetsOf(file: string, firstLines: readonly number[]): Promise<number[]> {
  const offsets = [0];
  let line = 1;
  let passed = 0;
  for await (const chunk of chunksOf(file)) {
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
      line += 1;
      if (line === firstLines[offsets.length]) offsets.push(passed + at + 1);
    }
    if (offsets.length === firstLines.length) break;
    passed += chunk.length;
  }
  return offsets;
}

const NEWLINE = 0x0a;

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file)) {
    const buffer: Buffer = chunk;
    yield buffer;
  }
}
