/**
 * Bundles the three functions of a pipeline. Each has an entry that exists only in memory and passes the pipeline to the
 * stage's createHandler. A module that a file imports by `await import(...)` becomes a separate file, which is loaded when
 * it is needed and not at a cold start.
 *
 * The same sources give the same bytes in every output folder, so a second synth changes no asset.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  formatMessages,
  type Loader,
  type Metafile,
  type OutputFile,
} from 'esbuild';
import { asNodeResolves } from './as-node-resolves.ts';
import { ENTRY, entries, type Sources } from './entries.ts';
import { missingFiles, optionalAddOns } from './files-beside.ts';
import { laterParts, laterPartsOf } from './later-parts.ts';
import { leanSdk } from './lean-sdk.ts';
import { leaveOut } from './leave-out.ts';
import { holdsCommonJs, NODE_GLOBALS_BANNER, nodeGlobals } from './node-globals.ts';

export const FUNCTION_NAMES = ['reader', 'compute', 'writer'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** For each function, the folder with exactly the deployed files. */
export type Bundles = Readonly<Record<FunctionName, string>>;

/** The folder of Weir's own files. The user's files are found from the pipeline's file. */
export const PROJECT = resolve(import.meta.dirname, '../..');
/** False in the package, which has only the output of `npm run build`, without the sample and infra/config.ts. */
export const IS_CLONE = extname(import.meta.filename) === '.ts';

/** The folder of the project that a file belongs to. Paths in bundles start from it, wherever a command is started. */
export function projectOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(file);
}

/** Paths in a source map start from the function's folder in this folder, wherever the bundle is. */
export function bundledFrom(root: string): string {
  return join(root, 'dist');
}

/** Settings for bundling a pipeline's own code. */
export interface Bundling {
  /** Packages that are not bundled, because the runtime (`@aws-sdk/*`) or a layer has them. */
  readonly externalModules?: readonly string[];
  /** How to load files, by their extension: `{ '.sql': 'text' }`. https://esbuild.github.io/content-types/ */
  readonly loader?: Readonly<Record<string, Loader>>;
  /** Names that are replaced by an expression: `{ 'process.env.STAGE': '"test"' }`. */
  readonly define?: Readonly<Record<string, string>>;
  /** Default: true. */
  readonly minify?: boolean;
  /** Source maps as files beside the code, which Node uses with NODE_OPTIONS=--enable-source-maps. Default: true. */
  readonly sourceMap?: boolean;
}

export async function bundleFunctions(
  pipelineFile: string,
  outdir: string,
  bundling: Bundling = {},
  secrets: readonly string[] = [],
  shadowFile?: string,
): Promise<Bundles> {
  const outputFiles = await Promise.all(
    FUNCTION_NAMES.flatMap((name) => [
      buildFunction(name, { pipelineFile: resolve(pipelineFile), secrets, shadowFile }, bundling),
      buildLaterParts(name, projectOf(resolve(pipelineFile)), bundling),
    ]),
  );
  const places = outputFiles.flat().map((file) => ({ file, place: placeOf(file, outdir) }));
  const bundles: Bundles = {
    reader: resolve(outdir, 'reader'),
    compute: resolve(outdir, 'compute'),
    writer: resolve(outdir, 'writer'),
  };
  await Promise.all(Object.values(bundles).map((folder) => mkdir(folder, { recursive: true })));
  await Promise.all(places.map(({ file, place }) => writeIfChanged(place, file.contents)));
  const current = new Set(places.map(({ place }) => place));
  await Promise.all(Object.values(bundles).map((folder) => removeOthers(folder, current)));
  return bundles;
}

async function buildFunction(
  name: FunctionName,
  sources: Sources,
  bundling: Bundling,
): Promise<OutputFile[]> {
  const { pipelineFile } = sources;
  const root = projectOf(pipelineFile);
  const cannot = (why: string) => new Error(`pipeline file ${pipelineFile} cannot be bundled:\n${why}`);
  try {
    const built = await buildWithGlobals(optionsFor(name, sources, bundling));
    const { problems, warnings } = missingFiles(built.metafile, root);
    if (problems.length > 0) throw cannot(problems.map((problem) => `  - ${problem}`).join('\n'));
    // The three bundles have mostly the same packages, so one of them reports the warnings.
    if (name === 'reader') for (const warning of warnings) process.emitWarning(warning, 'WeirWarning');
    const used = usedOutputs(built.metafile, root);
    return built.outputFiles.filter(({ path }) => used.has(path.replace(/\.map$/, '')));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    // The notes of esbuild are about its own settings, which the user does not set.
    const errors = error.errors.map((each) => ({ ...each, notes: [] }));
    const messages = await formatMessages(errors, { kind: 'error', color: false });
    throw cannot(`${messages.join('').trimEnd()}${isAbsent(error) ? ABSENT : ''}`);
  }
}

function isAbsent({ errors }: BuildFailure): boolean {
  return errors.some(({ text }) => text.startsWith('Could not resolve'));
}

const ABSENT =
  '\nWhat cannot be resolved is not installed, or not made yet: install it, or run what makes it (as "prisma generate").';

/** Bundles the pipeline's file as one JavaScript module, to load it where Node alone cannot. */
export async function bundleAlone(pipelineFile: string, bundling: Bundling): Promise<Uint8Array> {
  const { outputFiles } = await buildWithGlobals({
    ...optionsFor('reader', { pipelineFile, secrets: [], shadowFile: undefined }, bundling),
    entryPoints: [{ in: pipelineFile, out: 'alone' }],
    splitting: false,
    sourcemap: false,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

type Options = BuildOptions & { readonly write: false; readonly metafile: true };

/** Builds once, and again only if the result shows that the bundle needs the SDK's lazy parts or Node's globals. */
async function buildWithGlobals(given: Options): Promise<BuildResult<Options>> {
  const first = await build(given);
  const { external = [] } = given;
  // A client with event streams, such as S3's, imports parts at once that other clients never need.
  const needsLazyParts = importsAtOnce(first.metafile, lazyParts);
  const options = needsLazyParts
    ? { ...given, external: external.filter((name) => !lazyParts.includes(name)) }
    : given;
  const built = needsLazyParts ? await build(options) : first;
  return holdsCommonJs(built.metafile) ? build({ ...options, banner: { js: NODE_GLOBALS_BANNER } }) : built;
}

function importsAtOnce({ outputs }: Metafile, modules: readonly string[]): boolean {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  return imports.some(({ path, kind }) => kind !== 'dynamic-import' && modules.includes(path));
}

function optionsFor(name: FunctionName, sources: Sources, bundling: Bundling): Options {
  const root = projectOf(sources.pipelineFile);
  return {
    ...optionsOf(name, root, bundling),
    plugins: [entries(sources, root), laterParts(name), leanSdk, leaveOut, asNodeResolves, optionalAddOns],
    entryPoints: [{ in: `${ENTRY}:${name}`, out: `${name}/index` }],
  };
}

async function buildLaterParts(name: FunctionName, root: string, bundling: Bundling): Promise<OutputFile[]> {
  const entryPoints = laterPartsOf(name);
  if (entryPoints.length === 0) return [];
  const plugins = [leanSdk, leaveOut];
  const { outputFiles } = await build({ ...optionsOf(name, root, bundling), plugins, entryPoints });
  return outputFiles;
}

function optionsOf(name: FunctionName, root: string, bundling: Bundling): Options {
  return {
    chunkNames: `${name}/later-[hash]`,
    // Not the real output folder: paths in source maps are relative to this and must not depend on it.
    outdir: bundledFrom(root),
    absWorkingDir: root,
    splitting: true,
    outExtension: { '.js': '.mjs' },
    loader: { ...bundling.loader },
    ...forLambda,
    define: { ...bundling.define, ...nodeGlobals },
    minify: bundling.minify ?? true,
    sourcemap: bundling.sourceMap ?? true,
    external: [...lazyParts, ...(bundling.externalModules ?? [])],
  };
}

/** The SDK imports these parts only when needed. SQS and DynamoDB never need them, because they have no event streams. */
const lazyParts = ['@smithy/core/event-streams'];

/** The options of every bundle. */
export const forLambda = {
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  define: nodeGlobals,
  minify: true,
  // Errors name the class of a value. This adds 8 % to the size, with no measurable effect on a cold start.
  keepNames: true,
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  external: lazyParts,
  logLevel: 'silent',
} satisfies BuildOptions;

/** The files that the handler imports, at once or later. esbuild also writes files that only removed code imports. */
function usedOutputs({ outputs }: Metafile, root: string): ReadonlySet<string> {
  const used = new Set<string>();
  const add = (name: string): void => {
    const output = outputs[name];
    const path = join(root, name);
    if (output === undefined || used.has(path)) return;
    used.add(path);
    for (const { path: imported } of output.imports) add(imported);
  };
  for (const [name, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint?.startsWith(`${ENTRY}:`)) add(name);
  }
  return used;
}

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

/** Moves `dist/reader/index.mjs`, as esbuild names it, to the output folder. */
function placeOf({ path }: OutputFile, outdir: string): string {
  return resolve(outdir, basename(dirname(path)), basename(path));
}

/** The file appears whole or not at all, because two runs at once must not see each other's half-written files. */
export async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  const unfinished = `${dirname(path)}.${basename(path)}.${randomUUID()}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, path);
}

/** Removes files of an earlier bundle, which must not be deployed with this one. */
async function removeOthers(folder: string, current: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder);
  const others = names.map((name) => join(folder, name)).filter((path) => !current.has(path));
  await Promise.all(others.map((path) => rm(path, { recursive: true, force: true })));
}
