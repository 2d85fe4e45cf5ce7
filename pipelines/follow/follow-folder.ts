/**
 * Follows the files of a folder as `tail -F` does. A file is identified by its inode, so a renamed file
 * (rotation) is read to its end under its new name. A file that became shorter (truncation) is read from the
 * start. A file that is truncated and grows past its old length between two looks cannot be told from one
 * that only grew.
 *
 * The position moves on when the next chunk is requested, so a caller that asks for it confirms that SQS has
 * this one. After a crash the same chunk comes again with the same id.
 */
import { open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import type { Chunk } from './chunk.ts';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** By inode: the offset read so far, and when the file was first seen, because inodes are reused. */
const Positions = v.record(v.string(), v.object({ offset: v.number(), since: v.number() }));
type Positions = v.InferOutput<typeof Positions>;

export interface Follow {
  readonly folder: string;
  /** A file outside the folder, in which positions outlive this process. */
  readonly positionsFile: string;
  readonly signal: AbortSignal;
  readonly everyMs?: number;
}

export async function* followFolder({
  folder,
  positionsFile,
  signal,
  everyMs = 1000,
}: Follow): AsyncGenerator<Chunk> {
  const positions = await load(positionsFile);
  const save = async () => {
    await writeFile(`${positionsFile}.new`, JSON.stringify(positions));
    await rename(`${positionsFile}.new`, positionsFile);
  };
  while (!signal.aborted) {
    const seen = new Set<string>();
    for (const name of (await readdir(folder)).sort()) {
      for await (const { inode, chunk } of linesOf(join(folder, name), positions, save)) {
        seen.add(inode);
        if (chunk !== undefined) yield chunk;
      }
    }
    for (const inode of Object.keys(positions)) if (!seen.has(inode)) delete positions[inode];
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Yields the file's inode at least once. */
async function* linesOf(path: string, positions: Positions, save: () => Promise<void>) {
  const file = await open(path, 'r');
  try {
    const { ino, size } = await file.stat();
    const inode = String(ino);
    yield { inode, chunk: undefined };
    if (size < (positions[inode]?.offset ?? Number.POSITIVE_INFINITY)) {
      positions[inode] = { offset: 0, since: Date.now() };
      await save();
    }
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { offset = 0, since = 0 } = positions[inode] ?? {};
      const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
      if (end < 0 && bytesRead === CHUNK_BYTES)
        throw new Error(`${path} has a line of more than ${CHUNK_BYTES} bytes`);
      if (end < 0) return;
      const lines = buffer.toString('utf8', 0, end).split('\n');
      yield { inode, chunk: { id: `${inode}-${since}/${offset}`, source: 'folder', lines } };
      positions[inode] = { offset: offset + end + 1, since };
      await save();
    }
  } finally {
    await file.close();
  }
}

async function load(file: string): Promise<Positions> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return v.parse(Positions, JSON.parse(text));
}
