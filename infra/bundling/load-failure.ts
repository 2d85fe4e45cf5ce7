/**
 * Tells why a file cannot be loaded, and where: file, line and column, in the form that editors and terminals open. Node
 * names the place of some errors only, and not always in the message. esbuild finds the errors that are visible without
 * running the file, and the stack gives the place of the others.
 */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { isBuildFailure } from './bundle.ts';

/** `/folder/mine.ts:7:3: what is wrong there`; without the place where there is none. */
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

/** Of the file and of what it imports. What the packages make esbuild say is not what its author can mend. */
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

/** The innermost call within the file itself, or else within any other source. */
function placeInStack(file: string, stack: string): string | undefined {
  const places = [...stack.matchAll(PLACE)].map(([, name = '', place]) => ({ name: pathOf(name), place }));
  const sources = places.filter(({ name }) => isAbsolute(name));
  const found = sources.find(({ name }) => name === resolve(file)) ?? sources[0];
  return found && `${found.name}:${found.place}`;
}

/** Node puts the place of a syntax error in front of the stack, and that of a call in brackets or behind `at`. */
const PLACE = /(?:^|\(|\bat (?:async )?)((?:file:\/\/)?\/[^\n():]+):(\d+(?::\d+)?)\)?$/gm;

function pathOf(name: string): string {
  return name.startsWith('file:') ? fileURLToPath(name) : name;
}
