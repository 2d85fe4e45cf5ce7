/** The files that --input names: one file, or those of a folder, each once. Links are followed. */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../terminal/options.ts';

export interface InputFiles {
  readonly files: readonly string[];
  /** One line for each other entry of the folder, with the reason why it is not read. */
  readonly leftOut: readonly string[];
}

export async function filesOf(input: string): Promise<InputFiles> {
  const found = await follow(input, input);
  if (found === undefined) throw new UsageError(`--input ${input}: there is no such file or folder`);
  if (found.isFile()) return { files: [input], leftOut: [] };
  if (!found.isDirectory()) throw new UsageError(`--input ${input}: it is neither a file nor a folder`);
  const files = new Map<string, string>();
  const leftOut: string[] = [];
  for (const name of (await readdir(input)).sort()) {
    const why = await reasonToLeaveOut(input, name, files);
    if (why !== undefined) leftOut.push(`--input ${input}: ${name} is left out, ${why}`);
  }
  if (files.size === 0) {
    throw new UsageError([`--input ${input}: there are no files in that folder`, ...leftOut].join('\n'));
  }
  return { files: [...files.keys()], leftOut };
}

/**
 * Returns undefined, and adds the file to `files`, if it is a file that is not yet there under another name.
 */
async function reasonToLeaveOut(
  folder: string,
  name: string,
  files: Map<string, string>,
): Promise<string | undefined> {
  if (name.startsWith('.')) return 'its name begins with a dot';
  const path = join(folder, name);
  const found = await follow(path, folder);
  if (found === undefined) return 'it is gone';
  if (found.isDirectory()) return 'it is a folder: give it by itself';
  if (!found.isFile()) return 'it is neither a file nor a folder';
  const identity = `${found.dev}:${found.ino}`;
  const same = [...files].find(([, known]) => known === identity)?.[0];
  if (same !== undefined) return `it is the same file as ${same}`;
  files.set(path, identity);
  return undefined;
}

/** The target of the links; undefined if nothing has that name. */
async function follow(path: string, input: string): Promise<BigIntStats | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found !== undefined) return found;
  const link = await lstat(path).catch(() => undefined);
  if (link?.isSymbolicLink() !== true) return undefined;
  throw new UsageError(
    `--input ${input}: ${path} is a link to ${await readlink(path)}, and nothing that can be read is there`,
  );
}
