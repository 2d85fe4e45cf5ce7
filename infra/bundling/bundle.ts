/**
 * Bundles the three functions of a pipeline. Each has an entry that exists in memory only and joins the pipeline's file
 * with the stage's createHandler. A module that a file imports by `await import(...)` becomes a file of its own, which is
 * read when it is needed and not at a cold start.
 *
 * The same sources give the same bytes in every output folder: a second synth changes no asset.
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
  type Plugin,
} from 'esbuild';
import { asNodeResolves } from './as-node-resolves.ts';
import { missingFiles, optionalAddOns } from './files-beside.ts';
import { leanSdk } from './lean-sdk.ts';
import { leaveOut } from './leave-out.ts';
import { holdsCommonJs, NODE_GLOBALS_BANNER, nodeGlobals } from './node-globals.ts';

export const FUNCTION_NAMES = ['reader', 'compute', 'writer'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** For each function, the folder with exactly the deployed files. */
export type Bundles = Readonly<Record<FunctionName, string>>;

/** Where Weir's own files are; those of its user are found from the pipeline's file. */
export const PROJECT = resolve(import.meta.dirname, '../..');
/** Of the package there is only what `npm run build` made of the sources, and neither the sample nor infra/config.ts. */
export const IS_CLONE = extname(import.meta.filename) === '.ts';
const FUNCTIONS = resolve(import.meta.dirname, '../../functions');

/** The project that a file belongs to, wherever a command is started: paths in bundles start from here. */
export function projectOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
  }
  return dirname(file);
}

/** The paths in a source map start from the folder of its function in here, wherever the bundle is. */
export function bundledFrom(root: string): string {
  return join(root, 'dist');
}

/** Settings for bundling a pipeline's own code. */
export interface Bundling {
  /** Packages that are not bundled because they exist at run time: in the runtime (`@aws-sdk/*`) or in a layer. */
  readonly externalModules?: readonly string[];
  /** How to load files, by the end of their name: `{ '.sql': 'text' }`. https://esbuild.github.io/content-types/ */
  readonly loader?: Readonly<Record<string, Loader>>;
  /** Names that are replaced by an expression: `{ 'process.env.STAGE': '"test"' }`. */
  readonly define?: Readonly<Record<string, string>>;
  /** Default: true. */
  readonly minify?: boolean;
  /** Default: true. Files beside the code; Node reads them with NODE_OPTIONS=--enable-source-maps. */
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
    FUNCTION_NAMES.map((name) =>
      buildFunction(name, { pipelineFile: resolve(pipelineFile), bundling, secrets, shadowFile }),
    ),
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

interface Sources {
  readonly pipelineFile: string;
  readonly bundling: Bundling;
  /** The names of the secrets that `read` and `write` get. */
  readonly secrets: readonly string[];
  /** The other compute that compute's function brings along. */
  readonly shadowFile: string | undefined;
}

async function buildFunction(name: FunctionName, sources: Sources): Promise<OutputFile[]> {
  const { pipelineFile } = sources;
  const root = projectOf(pipelineFile);
  const cannot = (why: string) => new Error(`pipeline file ${pipelineFile} cannot be bundled:\n${why}`);
  try {
    const built = await buildWithGlobals(optionsFor(name, sources));
    const { problems, warnings } = missingFiles(built.metafile, root);
    if (problems.length > 0) throw cannot(problems.map((problem) => `  - ${problem}`).join('\n'));
    // Three bundles, mostly of the same packages.
    if (name === 'reader') for (const warning of warnings) process.emitWarning(warning, 'WeirWarning');
    const used = usedOutputs(built.metafile, root);
    return built.outputFiles.filter(({ path }) => used.has(path.replace(/\.map$/, '')));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    // The notes of esbuild are about its own settings, which are not the reader's.
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

/** The pipeline's file as one module of JavaScript, for a look at what it exports where Node alone cannot load it. */
export async function bundleAlone(pipelineFile: string, bundling: Bundling): Promise<Uint8Array> {
  const { outputFiles } = await buildWithGlobals({
    ...optionsFor('reader', { pipelineFile, bundling, secrets: [], shadowFile: undefined }),
    entryPoints: [{ in: pipelineFile, out: 'alone' }],
    splitting: false,
    sourcemap: false,
  });
  return outputFiles[0]?.contents ?? new Uint8Array();
}

type Options = BuildOptions & { readonly write: false; readonly metafile: true };

/** What a bundle holds is known when it is built; most hold neither of these, and then one build is enough. */
async function buildWithGlobals(given: Options): Promise<BuildResult<Options>> {
  const first = await build(given);
  const { external = [] } = given;
  // A client that has event streams, as that of S3, imports at once what the others never need.
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

function optionsFor(name: FunctionName, sources: Sources): Options {
  const { pipelineFile, bundling } = sources;
  const root = projectOf(pipelineFile);
  return {
    plugins: [entries(sources, root), leanSdk, leaveOut, asNodeResolves, optionalAddOns],
    entryPoints: [{ in: `${ENTRY}:${name}`, out: `${name}/index` }],
    chunkNames: `${name}/later-[hash]`,
    // Not where the files go: source maps hold paths relative to this, and must not change with the place.
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

/** What the SDK imports only when it is needed, and of SQS and DynamoDB never is: they have no event streams. */
const lazyParts = ['@smithy/core/event-streams'];

/** Of every bundle. */
export const forLambda = {
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  mainFields: ['module', 'main'],
  define: nodeGlobals,
  minify: true,
  // Errors tell of what class a value is. It costs 8 % of the bytes, and nothing that shows in a cold start.
  keepNames: true,
  legalComments: 'none',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  external: lazyParts,
  logLevel: 'silent',
} satisfies BuildOptions;

/** Those that the handler imports, at once or later. Of a lazy import in code that it left out, esbuild still makes a file. */
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

const ENTRY = 'weir-entry';

function entries(sources: Sources, root: string): Plugin {
  return {
    name: ENTRY,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${ENTRY}:`) }, ({ path }) => ({
        path: path.slice(ENTRY.length + 1),
        namespace: ENTRY,
      }));
      onLoad({ filter: /.*/, namespace: ENTRY }, ({ path }) => ({
        resolveDir: root,
        contents: entryOf(path, sources).join('\n'),
      }));
    },
  };
}

function entryOf(name: string, { pipelineFile, secrets, shadowFile }: Sources): string[] {
  const imports = [
    `import pipeline from ${JSON.stringify(pipelineFile)};`,
    `import { createHandler } from ${JSON.stringify(sourceFile(name, 'handler'))};`,
  ];
  if (name === 'compute' && shadowFile !== undefined) return shadowedEntry(pipelineFile, shadowFile);
  // Compute is pure: it is handed none.
  if (secrets.length === 0 || name === 'compute')
    return [...imports, 'export const handler = createHandler(pipeline);'];
  return [
    ...imports,
    `import { withSecrets } from ${JSON.stringify(sourceFile('aws', 'secrets'))};`,
    'export const handler = createHandler(withSecrets(pipeline, process.env));',
  ];
}

/** The code of the shadow is a file of its own, which its own process alone loads. */
function shadowedEntry(pipelineFile: string, shadowFile: string): string[] {
  return [
    `import pipeline from ${JSON.stringify(pipelineFile)};`,
    `import { createShadowedHandler } from ${JSON.stringify(sourceFile('compute/shadow', 'handler'))};`,
    `const load = () => import(${JSON.stringify(shadowFile)});`,
    'export const handler = await createShadowedHandler(pipeline, load, import.meta.url);',
  ];
}

export function sourceFile(folder: string, name: string): string {
  return join(FUNCTIONS, folder, `${name}${extname(import.meta.filename)}`);
}

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

/** `dist/reader/index.mjs` as esbuild names it, under the folder asked for. */
function placeOf({ path }: OutputFile, outdir: string): string {
  return resolve(outdir, basename(dirname(path)), basename(path));
}

/** Two runs at once must not see each other's half-written files, so the file appears whole or not at all. */
export async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  const unfinished = `${dirname(path)}.${basename(path)}.${randomUUID()}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, path);
}

/** Files that an earlier bundle was made of, and this one is not, must not be deployed with it. */
async function removeOthers(folder: string, current: ReadonlySet<string>): Promise<void> {
  const names = await readdir(folder);
  const others = names.map((name) => join(folder, name)).filter((path) => !current.has(path));
  await Promise.all(others.map((path) => rm(path, { recursive: true, force: true })));
}
