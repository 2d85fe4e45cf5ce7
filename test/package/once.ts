/** Does work once for all test files of a run, which are separate processes. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { inject } from 'vitest';
import './run-folder.ts';

/** What `make` returns, for the first that asks and for those that wait for it. What it throws, they throw too. */
export async function once(
  name: string,
  make: (folder: string) => string | Promise<string>,
): Promise<string> {
  const folder = join(inject('runFolder'), name);
  const [made, failed] = [`${folder}.made`, `${folder}.failed`];
  if (isFirst(folder)) {
    try {
      writeWhole(made, await make(folder));
    } catch (error) {
      writeWhole(failed, String(error));
    }
  }
  while (!existsSync(made) && !existsSync(failed)) await wait(100);
  if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'));
  return readFileSync(made, 'utf8');
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

/** Nobody finds half of it. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
