/** The package.json of a project: created, or completed without changing any existing entry. */
import { basename, resolve } from 'node:path';
import { isRecord, parseJson } from '../../functions/json.ts';
import { UsageError } from '../terminal/options.ts';
import { ALLOW_SCRIPTS, DEPENDENCIES, DEV_DEPENDENCIES, SCRIPTS } from './templates.ts';

export const PACKAGE = 'weir-pipelines';

export interface Manifest {
  readonly text: string;
  /** One line for each entry that was added, and for each that was kept because it has another value. */
  readonly added: readonly string[];
  readonly left: readonly string[];
}

/**
 * `before`: the text of an existing file. `hasSources`: the project has code whose meaning "type" would
 * change.
 */
export function manifestOf(
  folder: string,
  before: string | undefined,
  version: string,
  hasSources: boolean,
): Manifest {
  const given = before === undefined ? { name: nameOf(folder), private: true } : read(before);
  if (given['name'] === PACKAGE) {
    throw new UsageError(
      `package.json is called ${PACKAGE}, the name of the package itself, and npm installs none into its namesake: ` +
        'give the project another name',
    );
  }
  const type = given['type'];
  if (type !== 'module' && (type !== undefined || (hasSources && before !== undefined))) {
    throw new UsageError(
      'package.json makes this a CommonJS project, and pipelines are ES modules: run "npm pkg set type=module" if its ' +
        'code can be one, or give a folder of its own: weir init FOLDER. Or write the pipeline without init, in a file ' +
        'that ends in .mts: a CommonJS app can name it as the entry of a WeirPipeline as it is',
    );
  }
  const added: string[] = type === undefined && before !== undefined ? ['"type": "module"'] : [];
  const left: string[] = [];
  const known = { ...section(given, 'dependencies'), ...section(given, 'devDependencies') };
  const merge = (
    name: string,
    wanted: Readonly<Record<string, string | boolean>>,
    present: Record<string, unknown>,
  ) => {
    const missing = Object.entries(wanted).filter(([each]) => !Object.hasOwn(present, each));
    if (before !== undefined) added.push(...missing.map(([each]) => `${name} ${each}`));
    for (const [each, value] of Object.entries(wanted)) {
      if (name === 'scripts' && each in present && present[each] !== value) left.push(`${name} ${each}`);
    }
    return { ...section(given, name), ...Object.fromEntries(missing) };
  };
  const merged = {
    ...given,
    type: 'module',
    scripts: merge('scripts', SCRIPTS, section(given, 'scripts')),
    dependencies: merge('dependencies', { ...DEPENDENCIES, [PACKAGE]: `^${version}` }, known),
    devDependencies: merge('devDependencies', DEV_DEPENDENCIES, known),
    allowScripts: merge('allowScripts', ALLOW_SCRIPTS, section(given, 'allowScripts')),
  };
  const indent = /^\{\s*?\n([ \t]+)/.exec(before ?? '')?.[1] ?? '  ';
  return { text: `${JSON.stringify(merged, null, indent)}\n`, added, left };
}

function read(text: string): Record<string, unknown> {
  const value = parseJson(text, 'package.json', 'rounded');
  if (isRecord(value)) return value;
  throw new UsageError('package.json is not a JSON object: repair it, or use a new folder: weir init FOLDER');
}

function section(manifest: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const value = manifest[name];
  return isRecord(value) ? value : {};
}

/** A name that npm accepts: letters, digits and hyphens, and not the name of this package. */
function nameOf(folder: string): string {
  const name = basename(resolve(folder))
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' || name === PACKAGE ? 'sensors' : name;
}
