/** Files that a command writes at its end. Whether they can be written is asked before it begins: a run takes a while. */
import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from './options.ts';

/** By option. Those that were not given are nobody's. */
export async function assertWritable(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const problem = await problemOf(resolve(file));
    if (problem !== undefined) throw new UsageError(`--${option} ${file}: ${problem}`);
  }
}

export async function saveFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(resolve(file)), { recursive: true });
  await writeFile(file, text);
}

async function problemOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return 'that is a folder, name a file';
  const place = found === undefined ? await lastExisting(dirname(path)) : path;
  if (found === undefined && !(await stat(place)).isDirectory()) return `${place} is no folder`;
  return access(place, constants.W_OK).then(
    () => undefined,
    () => `this user may not write to ${place}`,
  );
}

/** The folders below it are made when the file is. */
async function lastExisting(folder: string): Promise<string> {
  const exists = await stat(folder).then(
    () => true,
    () => false,
  );
  return exists || folder === dirname(folder) ? folder : lastExisting(dirname(folder));
}
