/**
 * Bundles the three functions of a pipeline: each an entry that exists in memory only and joins the pipeline's file
 * with the stage's createHandler. What a file imports by `await import(...)` becomes a file of its own, which is not
 * read at a cold start but when it is needed.
 *
 * The same sources give the same bytes, wherever they are written to: a second synth changes no asset.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type BuildFailure,
  type BuildOptions,
  type BuildResult,
  build,
  formatMessages,
  type Metafile,
  type OutputFile,
  type Plugin,
} from 'esbuild';
import { asNodeResolves } from './as-node-resolves.ts';
import { missingFiles, optionalAddOns } from './files-beside.ts';
import { leaveOut } from './leave-out.ts';
import { holdsCommonJs, NODE_GLOBALS_BANNER, nodeGlobals } from './node-globals.ts';

export const FUNCTION_NAMES = ['reader', 'compute', 'writer'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** For each function the folder that holds what is deployed, and nothing else. */
export type Bundles = Readonly<Record<FunctionName, string>>;

export const PROJECT = resolve(import.meta.dirname, '..');

/** The paths in a source map start from the folder of its function in here, wherever the bundle is. */
export const BUNDLED_FROM = join(PROJECT, 'dist');

export async function bundleFunctions(
  pipelineFile: string,
  outdir: string,
  stages = join(PROJECT, 'functions'),
): Promise<Bundles> {
  const outputFiles = await Promise.all(
    FUNCTION_NAMES.map((name) => buildFunction(name, resolve(pipelineFile), stages)),
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
  pipelineFile: string,
  stages: string,
): Promise<OutputFile[]> {
  const cannot = (why: string) => new Error(`pipeline file ${pipelineFile} cannot be bundled:\n${why}`);
  try {
    const built = await buildWithGlobals(optionsFor(name, pipelineFile, stages));
    const problems = missingFiles(built.metafile, PROJECT);
    if (problems.length > 0) throw cannot(problems.map((problem) => `  - ${problem}`).join('\n'));
    const used = usedOutputs(built.metafile);
    return built.outputFiles.filter(({ path }) => used.has(path.replace(/\.map$/, '')));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await formatMessages(error.errors, { kind: 'error', color: false });
    throw cannot(messages.join('').trimEnd());
  }
}

type Options = ReturnType<typeof optionsFor>;

/** Whether there is CommonJS code in a bundle is known when it is built; most have none, and then one build is enough. */
async function buildWithGlobals(options: Options): Promise<BuildResult<Options>> {
  const built = await build(options);
  return holdsCommonJs(built.metafile) ? build({ ...options, banner: { js: NODE_GLOBALS_BANNER } }) : built;
}

function optionsFor(name: FunctionName, pipelineFile: string, stages: string) {
  return {
    plugins: [entries(pipelineFile, stages), leaveOut, asNodeResolves, optionalAddOns],
    entryPoints: [{ in: `${ENTRY}:${name}`, out: `${name}/index` }],
    chunkNames: `${name}/later-[hash]`,
    // Not where the files go: source maps hold paths relative to this, and must not change with the place.
    outdir: BUNDLED_FROM,
    absWorkingDir: PROJECT,
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    define: nodeGlobals,
    minify: true,
    legalComments: 'none',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    external: lazyParts,
    logLevel: 'silent',
  } satisfies BuildOptions;
}

/** What the SDK imports only when it is needed, and here never is: neither SQS nor DynamoDB has event streams. */
const lazyParts = ['@smithy/core/event-streams'];

/** Those that the handler imports, at once or later. Of a lazy import in code that it left out, esbuild still makes a file. */
function usedOutputs({ outputs }: Metafile): ReadonlySet<string> {
  const used = new Set<string>();
  const add = (name: string): void => {
    const output = outputs[name];
    const path = join(PROJECT, name);
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

function entries(pipelineFile: string, stages: string): Plugin {
  return {
    name: ENTRY,
    setup({ onResolve, onLoad }) {
      onResolve({ filter: new RegExp(`^${ENTRY}:`) }, ({ path }) => ({
        path: path.slice(ENTRY.length + 1),
        namespace: ENTRY,
      }));
      onLoad({ filter: /.*/, namespace: ENTRY }, ({ path }) => ({
        resolveDir: PROJECT,
        contents: [
          `import pipeline from ${JSON.stringify(pipelineFile)};`,
          `import { createHandler } from ${JSON.stringify(join(stages, path, 'handler.ts'))};`,
          'export const handler = createHandler(pipeline);',
        ].join('\n'),
      }));
    },
  };
}

export function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

/** `dist/reader/index.mjs` as esbuild names it, under the folder asked for. */
function placeOf({ path }: OutputFile, outdir: string): string {
  return resolve(outdir, basename(dirname(path)), basename(path));
}

/** Two runs at once must not see each other's half-written files, so the file appears whole or not at all. */
async function writeIfChanged(path: string, contents: Uint8Array): Promise<void> {
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
