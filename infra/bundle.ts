/**
 * Bundles the three functions of a pipeline: each an entry that exists in memory only and joins the pipeline's file
 * with the stage's createHandler. One esbuild run for all three, so shared files are parsed once.
 *
 * The same sources give the same bytes, wherever they are written to: a second synth changes no asset.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type BuildFailure, build, formatMessages, type OutputFile, type Plugin } from 'esbuild';

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
  const outputFiles = await buildAll(resolve(pipelineFile), stages);
  const bundles: Bundles = {
    reader: resolve(outdir, 'reader'),
    compute: resolve(outdir, 'compute'),
    writer: resolve(outdir, 'writer'),
  };
  await Promise.all(Object.values(bundles).map((folder) => mkdir(folder, { recursive: true })));
  await Promise.all(outputFiles.map((file) => writeIfChanged(placeOf(file, outdir), file.contents)));
  return bundles;
}

async function buildAll(pipelineFile: string, stages: string): Promise<OutputFile[]> {
  try {
    const { outputFiles } = await build({
      plugins: [entries(pipelineFile, stages)],
      entryPoints: FUNCTION_NAMES.map((name) => ({ in: `${ENTRY}:${name}`, out: `${name}/index` })),
      // Not where the files go: source maps hold paths relative to this, and must not change with the place.
      outdir: join(PROJECT, 'dist'),
      absWorkingDir: PROJECT,
      write: false,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
      mainFields: ['module', 'main'],
      minify: true,
      legalComments: 'none',
      sourcemap: true,
      sourcesContent: false,
      external: lazyParts,
      logLevel: 'silent',
    });
    return outputFiles;
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    const messages = await formatMessages(error.errors, { kind: 'error', color: false });
    throw new Error(`pipeline file ${pipelineFile} cannot be bundled:\n${messages.join('').trimEnd()}`);
  }
}

/**
 * What the SDK imports only when it is needed, and here never is: the credential providers, because in Lambda the
 * credentials are in the environment, and event streams, which neither SQS nor DynamoDB has. Left out, the bundles are
 * smaller by a third, and what they shared with the rest need not be wrapped for a later import.
 */
const lazyParts = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

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

function isBuildFailure(error: unknown): error is BuildFailure {
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
