/**
 * CommonJS code uses `require`, `__filename` and `__dirname`, which an ES module does not have. A bundle with such code
 * gets them at the head of each of its files; other bundles are unchanged.
 *
 * The two paths are those of the bundle, not of the package: infra/bundling/files-beside.ts refuses what reads files through them.
 */
import type { BuildOptions, Metafile } from 'esbuild';

/** Names of our own: a module may have a `__dirname` that it made itself, as ES modules often do. */
export const nodeGlobals: BuildOptions['define'] = {
  __dirname: 'weirDirname',
  __filename: 'weirFilename',
};

export const NODE_GLOBALS_BANNER =
  'import{createRequire as weirCreateRequire}from"node:module";' +
  'const require=weirCreateRequire(import.meta.url),' +
  'weirDirname=import.meta.dirname,weirFilename=import.meta.filename;';

/** A file that only asks, and exports nothing, is told by what it asks with. */
export function holdsCommonJs({ inputs }: Metafile): boolean {
  return Object.values(inputs).some(
    ({ format, imports }) =>
      format === 'cjs' || (format !== 'esm' && imports.some(({ kind }) => kind === 'require-call')),
  );
}
