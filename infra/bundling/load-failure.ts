/**
 * Describes why a file cannot be loaded, and where: file, line and column, in the form that editors and terminals can open.
 * Node names the place only for some errors, and not always in the message. esbuild finds the errors that are visible
 * without running the file, and the stack has the place of the others.
 */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { isBuildFailure } from './bundle.ts';

/** `/folder/mine.ts:7:3: the problem`, or only the problem if its place is not known. */
export async function placeOfFailure(file: string, error: unknown): Promise<string> {
  if (!(error instanceof Error)) return `it threw ${JSON.stringify(error) ?? String(error)}`;
  const code = 'code' in error ? error.code : undefined;
  const isSeenUnrun = error instanceof SyntaxError || code === 'ERR_MODULE_NOT_FOUND';
  const seen = isSeenUnrun ? await findInSources(file) : undefined;
  if (seen !== undefined) return seen;
  const place = placeInStack(file, error.stack ?? '');
  const what = error.message === '' ? error.name : error.message;
  return place === undefined ? what : `${place}: ${what}`;
}

/** The first error in the file and its imports. Errors in packages are left out, because the file's author cannot fix them. */
async function findInSources(file: string): Promise<string | undefined> {
  const failure: unknown = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    absWorkingDir: '/',
    logLevel: 'silent',
  }).catch((error: unknown) => error);
  if (!isBuildFailure(failure)) return undefined;
  const own = failure.errors.find(({ location }) => location && !/\bnode_modules\b/.test(location.file));
  if (!own?.location) return undefined;
  const { file: place, line, column } = own.location;
  return `${resolve('/', place)}:${line}:${column + 1}: ${own.text}`;
}

/** The place of the innermost call in the file itself, or else in any other source. */
function placeInStack(file: string, stack: string): string | undefined {
  const places = [...stack.matchAll(PLACE)].map(([, name = '', place]) => ({ name: pathOf(name), place }));
  const sources = places.filter(({ name }) => isAbsolute(name));
  const found = sources.find(({ name }) => name === resolve(file)) ?? sources[0];
  return found && `${found.name}:${found.place}`;
}

/** Node puts the place of a syntax error before the stack, and that of a call in brackets or after `at`. */
const PLACE = /(?:^|\(|\bat (?:async )?)((?:file:\/\/)?\/[^\n():]+):(\d+(?::\d+)?)\)?$/gm;

function pathOf(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name;
}
