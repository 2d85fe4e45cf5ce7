/**
 * Bundles the function of feeds. All pipelines and all kinds of feed share it; an environment variable names the kind.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundledFrom, forLambda, PROJECT, writeIfChanged } from './bundle.ts';
import { sourceFile } from './entries.ts';
import { leanSdk } from './lean-sdk.ts';
import { leaveOut } from './leave-out.ts';

/** Returns the folder with the bundle. */
export async function bundleFeed(outdir: string): Promise<string> {
  const { outputFiles } = await build({
    ...forLambda,
    stdin: {
      contents: [
        `import { createHandler } from ${JSON.stringify(sourceFile('feeds', 'handler'))};`,
        'export const handler = createHandler();',
      ].join('\n'),
      resolveDir: PROJECT,
      sourcefile: 'weir-feed.js',
    },
    plugins: [leanSdk, leaveOut],
    absWorkingDir: PROJECT,
    // Paths in source maps are relative to this.
    outfile: join(bundledFrom(PROJECT), 'feed', 'index.mjs'),
  });
  const folder = join(outdir, 'feed');
  await mkdir(folder, { recursive: true });
  for (const { path, contents } of outputFiles) {
    await writeIfChanged(join(folder, path.endsWith('.map') ? 'index.mjs.map' : 'index.mjs'), contents);
  }
  return folder;
}
