/**
 * The entries of the three functions, which exist only in memory: each passes the pipeline to its stage's createHandler.
 */
import { extname, join, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

const FUNCTIONS = resolve(import.meta.dirname, '../../functions');

export interface Sources {
  readonly pipelineFile: string;
  /** The names of the secrets that `read` and `write` get. */
  readonly secrets: readonly string[];
  /** The file of the shadow, which is bundled with the compute function. */
  readonly shadowFile: string | undefined;
}

/** The namespace of entries. */
export const ENTRY = 'weir-entry';

export function entries(sources: Sources, root: string): Plugin {
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
  // Compute is pure and gets no secrets.
  if (secrets.length === 0 || name === 'compute')
    return [...imports, 'export const handler = createHandler(pipeline);'];
  return [
    ...imports,
    `import { withSecrets } from ${JSON.stringify(sourceFile('aws', 'secrets'))};`,
    'export const handler = createHandler(withSecrets(pipeline, process.env));',
  ];
}

/** The shadow's code is a separate file, which only the shadow's own process loads. */
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
