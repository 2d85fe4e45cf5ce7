/**
 * Finds files that a bundle would need and does not have: native add-ons, and files that code reads from its own folder.
 * The code runs from the bundle, whose folder holds code only. So both fail, often only at the first request.
 *
 * They are found in the text of the sources. A path that is put together at run time is found when the bundle is loaded
 * (infra/bundling/check-bundles.ts), or not at all.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Metafile, OnLoadResult, Plugin } from 'esbuild';
import { ownerOf, packageIn } from './owner-of.ts';
import { needs } from './package-of.ts';

export interface Missing {
  /** One sentence for each. */
  readonly problems: readonly string[];
  /** What a package may do without, as long as nobody asks for it. */
  readonly warnings: readonly string[];
}

/** `root` is the folder that the metafile's paths start from. */
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

/** A package that asks for its add-on in a `try` works without it, and so does the bundle: see optionalAddOns. */
function loadedAddOn(addOn: string, scripts: readonly Script[]): string[] {
  const owner = ownerOf(addOn);
  const asking = scripts.filter(({ file }) => ownerOf(file) === owner);
  return asking.some(({ text }) => TRIES_ADD_ON.test(text)) ? [] : [addOn];
}

const TRIES_ADD_ON = /\btry\s*\{[^}]*\brequire\([^)]*\.node['"`]/;

/** Packages that find and load the add-on of the package that asks them. */
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
 * As knex asks for the driver of the database that is used, among them one with an add-on: those who ask are other
 * packages, and none of them depends on it. One that is loaded all the same fails when the bundle is loaded.
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

/** `new URL('./x', import.meta.url)`, `join(__dirname, '..', 'x')` and `__dirname + '/x'`, of files that are there. */
const BESIDE = [
  /\bnew URL\(\s*(['"`][^'"`$]+['"`])\s*,\s*import\.meta\.url\s*\)/g,
  /\b(?:join|resolve)\(\s*(?:__dirname|import\.meta\.dirname)\s*,\s*((?:['"`][^'"`$]*['"`]\s*,?\s*)+)\)/g,
  /\b(?:__dirname|import\.meta\.dirname)\s*\+\s*(['"`][^'"`$]+['"`])/g,
];

interface Beside {
  /** Whose code names the file, and the code. */
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
    // Of its package.json a package wants the version, for a message.
    if (named.endsWith('package.json') || !statSync(named, { throwIfNoEntry: false })?.isFile()) return [];
    return [{ owner: ownerOf(file), file, named }];
  });
}

/** A script of a package is for a thread or a process of its own, which few of those need that import the package. */
function mayBeAbsent({ owner, file, named }: Beside): boolean {
  return owner !== file && (SCRIPT.test(named) || PROGRAM.test(readFileSync(named, 'latin1')));
}

/** How a script that names its shell begins, and a program of Windows and of Linux. */
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
 * An add-on that is asked for in a try is not there, as on a machine that it was not built for. Nor is one of a package
 * that was never built, as with `npm ci --ignore-scripts`: whether that is needed shows when the bundle is loaded.
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
