/**
 * Opens a text in the user's editor. While it is open, the text is in a file that only this user can read; it
 * is stored nowhere else.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../../functions/errors.ts';
import { OperatorError } from '../../model/operator-error.ts';
import { UsageError } from './options.ts';

/**
 * Opens the text; `take` receives the edited text. If `take` throws, the file stays, and the error says
 * where.
 */
export async function editText<Result>(
  before: string,
  take: (after: string) => Promise<Result>,
  env: Readonly<NodeJS.ProcessEnv> = process.env,
): Promise<Result> {
  const editor = env['VISUAL'] || env['EDITOR'];
  if (!editor) throw new UsageError('set EDITOR to your editor, or give --file FILE');
  const folder = await mkdtemp(join(tmpdir(), 'weir-edit-')); // Mode 700.
  const file = join(folder, 'request.json');
  await writeFile(file, `${before}\n`, { mode: 0o600 });
  try {
    await run(editor, file);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  const after = await readFile(file, 'utf8');
  if (after.trim() === before.trim()) {
    await rm(folder, { recursive: true, force: true });
    throw new OperatorError('the text was not changed: nothing was sent');
  }
  try {
    const result = await take(after);
    await rm(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    throw new OperatorError(`${reasonOf(error)}. Your text is in ${file}: use it with --file, or delete it`, {
      cause: error,
    });
  }
}

/** EDITOR may contain arguments, as in "code --wait", so a shell parses it, as for other programs. */
async function run(editor: string, file: string): Promise<void> {
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'weir', file], { stdio: 'inherit' });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0)
    throw new OperatorError(`${JSON.stringify(editor)} ended with status ${status}: nothing was sent`);
}
