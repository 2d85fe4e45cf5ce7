/**
 * Files that a command writes at its end. The command tries to open them before it starts, because a run
 * takes a while. Checking permissions would not be enough: root may write everywhere, even where no file can
 * be created.
 *
 * Folders are created one by one: Node's recursive mkdir never returns for a path such as /proc/none, where
 * neither the folder nor its parent can be created.
 */
import { access, constants, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FILE_MODE } from './file-mode.ts';
import { UsageError } from './options.ts';

/**
 * `files`: by option; undefined ones are skipped. Keeps the content of existing files and leaves no new file
 * behind.
 */
export async function assertWritable(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [option, file] of Object.entries(files)) {
    if (file === undefined) continue;
    const problem = await tryToWrite(resolve(file)).catch((error: unknown) => reasonOf(error));
    if (problem !== undefined) throw new UsageError(`--${option} ${file}: ${problem}`);
  }
}

export async function saveFile(file: string, text: string): Promise<void> {
  await makeFolder(dirname(resolve(file)));
  await writeFile(file, text, { mode: FILE_MODE });
}

async function tryToWrite(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return 'that is a folder, name a file';
  // The reader of a named pipe would take the end of a trial for the end of the output.
  if (found !== undefined && !found.isFile()) await access(path, constants.W_OK);
  else if (await makeFile(path)) await rm(path);
  else await (await open(path, 'a')).close();
  return undefined;
}

/** False if the file exists: only a file that was created here may be removed again. */
async function makeFile(path: string): Promise<boolean> {
  await makeFolder(dirname(path));
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found !== undefined) throw new UsageError(`${folder} is not a folder`);
  if (folder !== dirname(folder)) await makeFolder(dirname(folder));
  await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // Another process created it first.
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, path = '' }: NodeJS.ErrnoException = error;
  if (code === 'EACCES' || code === 'EPERM') return `this user may not write to ${path}`;
  return code === undefined ? error.message : `${path} cannot be made or written (${code})`;
}
