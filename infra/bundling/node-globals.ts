/**
 * CommonJS code uses `require`, `__filename` and `__dirname`, which an ES module does not have. In a bundle with such code,
 * each file starts with their definitions. Other bundles are unchanged.
 *
 * The two paths are those of the bundle, not of the package. files-beside.ts refuses code that reads files through them.
 */
import type { BuildOptions, Metafile } from 'esbuild';

/** Other names are used, because an ES module often defines its own `__dirname`. */
export const nodeGlobals: BuildOptions['define'] = {
  __dirname: 'weirDirname',
  __filename: 'weirFilename',
};

export const NODE_GLOBALS_BANNER =
  'import{createRequire as weirCreateRequire}from"node:module";' +
  'const require=weirCreateRequire(import.meta.url),' +
  'weirDirname=import.meta.dirname,weirFilename=import.meta.filename;';

/** A file that exports nothing has no format. Its `require` calls show that it is CommonJS. */
export function holdsCommonJs({ inputs }: Metafile): boolean {
  return Object.values(inputs).some(
    ({ format, imports }) =>
      format === 'cjs' || (format !== 'esm' && imports.some(({ kind }) => kind === 'require-call')),
  );
}
