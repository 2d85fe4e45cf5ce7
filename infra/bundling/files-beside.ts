/**
 * Finds files that a bundle would need but does not contain: native add-ons, and files that code reads from its own folder. The
 * folder of a bundle contains only code, so both would fail, often only at the first request.
 *
 * The files are found in the text of the sources. A path that is built at run time is only found when the bundle is loaded
 * (check-bundles.ts), or not at all.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Metafile, OnLoadResult, Plugin } from 'esbuild';
import { ownerOf, packageIn } from './owner-of.ts';
import { needs } from './package-of.ts';

export interface Missing {
  /** One sentence per missing file. */
  readonly problems: readonly string[];
  /** Files that a package may not need, one sentence each. */
  readonly warnings: readonly string[];
}

/** `root` is the folder from which the metafile's paths start. */
export function missingFiles({ inputs }: Metafile, root: string): Missing {
  const files = Object.keys(inputs)
    .filter((name) => !/^[a-z-]+:/.test(name) && !SDK.test(name))
    .map((name) => resolve(root, name));
  const scripts = files.filter((file) => SCRIPT.test(file)).map((file) => ({ file, text: textOf(file) }));
  const beside = scripts.flatMap(namedBeside);
  const addOns = [
    ...files.filter((file) => file.endsWith('.node')).flatMap((file) => loadedAddOn(file, scripts)),
    ...scripts.flatMap(addOnsLookedFor),
  ];
  const isOptional = (addOn: string) => onlyAskedForByOthers(addOn, inputs, root);
  const problems = [
    ...addOns.filter((addOn) => !isOptional(addOn)).map(addOnProblem),
    ...beside.filter((each) => !mayBeAbsent(each)).map(problemBeside),
  ];
  const warnings = [
    ...addOns.filter(isOptional).map(addOnWarning),
    ...beside.filter(mayBeAbsent).map(warningBeside),
  ];
  return { problems: [...new Set(problems)], warnings: [...new Set(warnings)] };
}

interface Script {
  readonly file: string;
  readonly text: string;
}

const SDK = /(^|\/)node_modules\/@(aws-sdk|smithy)\//;
const SCRIPT = /\.[cm]?[jt]sx?$/;

function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

/** A package that requires its add-on in a `try` works without it, and so does the bundle (optionalAddOns). */
function loadedAddOn(addOn: string, scripts: readonly Script[]): string[] {
  const owner = ownerOf(addOn);
  const asking = scripts.filter(({ file }) => ownerOf(file) === owner);
  return asking.some(({ text }) => TRIES_ADD_ON.test(text)) ? [] : [addOn];
}

const TRIES_ADD_ON = /\btry\s*\{[^}]*\brequire\([^)]*\.node['"`]/;

/** Packages that find and load the add-on of the package that calls them. */
const LOADERS = [
  'bindings',
  'node-gyp-build',
  'node-gyp-build-optional-packages',
  '@mapbox/node-pre-gyp',
  'prebuild-install',
];
const ASKS_LOADER = new RegExp(`\\b(?:require\\(|from\\s*)\\s*['"](?:${LOADERS.join('|')})['"]`);
const TRIES_LOADER = new RegExp(`\\btry\\s*\\{[^}]*\\brequire\\(\\s*['"](?:${LOADERS.join('|')})['"]`);

function addOnsLookedFor({ file, text }: Script): string[] {
  return ASKS_LOADER.test(text) && !TRIES_LOADER.test(text) ? [file] : [];
}

/**
 * Whether only packages that do not depend on it import the add-on's package, as knex imports database drivers, of which one
 * has an add-on. If it is loaded after all, the check of the bundle fails.
 */
function onlyAskedForByOthers(addOn: string, inputs: Metafile['inputs'], root: string): boolean {
  const name = packageIn(addOn);
  if (name === undefined) return false;
  const asking = Object.entries(inputs)
    .filter(([, { imports }]) => imports.some(({ path }) => packageIn(resolve(root, path)) === name))
    .map(([path]) => resolve(root, path))
    .filter((path) => packageIn(path) !== name);
  return asking.length > 0 && asking.every((path) => packageIn(path) !== undefined && !needs(path, name));
}

function addOnWarning(file: string): string {
  return `${ownerOf(file)} has a native add-on, which is not in the bundle: what needs it will fail as a function`;
}

function addOnProblem(file: string): string {
  return (
    `${ownerOf(file)} has a native add-on (${file}): it is built for this machine and is not in the bundle; ` +
    'use a package without one, or name it in externalModules if nothing asks for it while it runs'
  );
}

/** Matches `new URL('./x', import.meta.url)`, `join(__dirname, '..', 'x')` and `__dirname + '/x'`. */
const BESIDE = [
  /\bnew URL\(\s*(['"`][^'"`$]+['"`])\s*,\s*import\.meta\.url\s*\)/g,
  /\b(?:join|resolve)\(\s*(?:__dirname|import\.meta\.dirname)\s*,\s*((?:['"`][^'"`$]*['"`]\s*,?\s*)+)\)/g,
  /\b(?:__dirname|import\.meta\.dirname)\s*\+\s*(['"`][^'"`$]+['"`])/g,
];

interface Beside {
  /** The owner of the code that names the file, and the file of that code. */
  readonly owner: string;
  readonly file: string;
  readonly named: string;
}

function namedBeside({ file, text }: Script): Beside[] {
  return BESIDE.flatMap((pattern) => [...text.matchAll(pattern)]).flatMap(([, literals = '']) => {
    const parts = [...literals.matchAll(/['"`]([^'"`]*)['"`]/g)].map(([, part = '']) =>
      part.replace(/^\//, ''),
    );
    const named = resolve(dirname(file), ...parts);
    // A package reads its package.json only for the version in a message.
    if (named.endsWith('package.json') || !statSync(named, { throwIfNoEntry: false })?.isFile()) return [];
    return [{ owner: ownerOf(file), file, named }];
  });
}

/** A script of a package is for a separate thread or process, which few users of the package need. */
function mayBeAbsent({ owner, file, named }: Beside): boolean {
  return owner !== file && (SCRIPT.test(named) || PROGRAM.test(readFileSync(named, 'latin1')));
}

/** How a script with a shebang, a Windows program and a Linux program begin. */
const PROGRAM = /^(#!|MZ|\x7FELF)/;

function problemBeside({ owner, file, named }: Beside): string {
  if (named.endsWith('.node')) return addOnProblem(named);
  const who = owner === file ? file : `${owner} (${file})`;
  return (
    `${who} reads ${named} from beside its code, and a bundle holds code only: import the file ` +
    '(JSON: `with { type: "json" }`), write it into the code, or use another package'
  );
}

function warningBeside({ owner, named }: Beside): string {
  return `${owner} can start ${named} as a thread or process, which is not in the bundle: what needs it will fail as a function`;
}

/**
 * Replaces an add-on by a module that throws, as on a machine for which it was not built. This includes add-ons that were never
 * built, for example after `npm ci --ignore-scripts`. The check of the bundle shows whether they are needed.
 */
export const optionalAddOns: Plugin = {
  name: 'weir-optional-add-ons',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.node$/ }, ({ path, resolveDir }) => {
      const file = resolve(resolveDir, path);
      const isBuilt = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
      return isBuilt || packageIn(file) === undefined ? undefined : { path: file, namespace: NOT_BUILT };
    });
    const absent = ({ path }: { readonly path: string }): OnLoadResult => ({
      contents: `throw new Error(${JSON.stringify(`${ownerOf(path)}: its native add-on is not in the bundle`)});`,
      loader: 'js',
    });
    onLoad({ filter: /\.node$/ }, absent);
    onLoad({ filter: /\.node$/, namespace: NOT_BUILT }, absent);
  },
};

const NOT_BUILT = 'weir-not-built';
