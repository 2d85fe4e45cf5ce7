/**
 * `npm pack` and `npm publish` use package.json as it is after `prepack`. In a clone it names the sources, so
 * that a pipeline there imports weir-pipelines without a build or a second copy; in the package it names the
 * output of `npm run build`. `postpack` restores the clone's own file.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, '../package.json');
/** The clone's own file, while the package's is in its place. */
const KEPT = join(import.meta.dirname, '../dist/package.clone.json');

const [asked] = process.argv.slice(2);
if (asked === 'package') {
  if (!existsSync(KEPT)) writeFileSync(KEPT, readFileSync(FILE));
  writeFileSync(FILE, `${JSON.stringify(packageManifest(readFileSync(KEPT, 'utf8')), null, 2)}\n`);
} else if (asked === 'clone') {
  if (existsSync(KEPT)) renameSync(KEPT, FILE);
} else {
  throw new Error(`toolchain/manifest.ts: say package or clone, not ${String(asked)}`);
}

function packageManifest(text: string): Record<string, unknown> {
  const {
    workspaces,
    allowScripts,
    scripts,
    devDependencies,
    optionalDependencies,
    exports,
    files,
    ...rest
  } = JSON.parse(text);
  return {
    ...rest,
    // The clone's own file has no "bin": npx would install the clone into its cache for it, which npm 11
    // refuses. See leave-out.mjs.
    bin: { weir: 'dist/cli/weir.mjs' },
    exports: mapped(exports, (file) =>
      file.endsWith('.ts') ? { types: inDist(file, '.d.ts'), default: inDist(file, '.js') } : file,
    ),
    files: [...files, '!dist/package.clone.json'],
  };
}

function inDist(file: string, ending: string): string {
  return file.replace('./', './dist/').replace(/\.ts$/, ending);
}

function mapped<T>(names: Record<string, string>, change: (file: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(names).map(([name, file]) => [name, change(file)]));
}
