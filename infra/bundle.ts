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
  build,
  formatMessages,
  type Metafile,
  type OutputFile,
  type Plugin,
} from 'esbuild';
import { leaveOut } from './leave-out.ts';

export const FUNCTION_NAMES = ['reader', 'compute', 'writer'] as const;
export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** For each function the folder that holds what is deployed, and nothing else. */
export type Bundles = Readonly<Record<FunctionName, string>>;

export const PROJECT = resolve(import.meta.dirname, '..');

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
  try {
    const { outputFiles, metafile } = await build({
      plugins: [entries(pipelineFile, stages), leaveOut],
      entryPoints: [{ in: `${ENTRY}:${name}`, out: `${name}/index` }],
      chunkNames: `${name}/later-[hash]`,
      // Not where the files go: source maps hold paths relative to this, and must not change with the place.
      outdir: join(PROJECT, 'dist'),
      absWorkingDir: PROJECT,
      write: false,
      bundle: true,
      splitting: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      mainFields: ['module', 'main'],
      minify: true,
      legalComments: 'none',
      sourcemap: true,
      sourcesContent: false,
      metafile: true,
      external: lazyParts,
      logLevel: 'silent',
    });
    const used = usedOutputs(metafile);
    return outputFiles.filter(({ path }) => used.has(path.replace(/\.map$/, '')));
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await formatMessages(error.errors, { kind: 'error', color: false });
    throw new Error(`pipeline file ${pipelineFile} cannot be bundled:\n${messages.join('').trimEnd()}`);
  }
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
