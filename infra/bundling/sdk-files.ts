/**
 * Finds the modules that the SDK's modules import, as esbuild does: an ES module in a package that may have several forms of
 * it. Asking esbuild for each import made bundling wait for most of its time.
 */
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { isRecord } from '../../functions/json.ts';
import { remembered } from './remembered.ts';

/** The file that a specifier in a file of the SDK names; undefined if it is not a module of the SDK. */
export function sdkFile(specifier: string, from: string): string | undefined {
  if (specifier.startsWith('.')) return fileAt(join(dirname(from), specifier));
  if (!/^@(aws-sdk|smithy|aws)\//.test(specifier)) return undefined;
  const [folder = from] = /^.*[/\\]node_modules[/\\]@[^/\\]+[/\\][^/\\]+[/\\]/.exec(from) ?? [];
  return exportedFile(`${folder}\n${specifier}`);
}

/** The SDK's modules name their neighbours without an extension. */
const fileAt = remembered((path) =>
  [path, `${path}.js`, join(path, 'index.js')].find((file) =>
    statSync(file, { throwIfNoEntry: false })?.isFile(),
  ),
);

/** All files of a package find the same packages. */
const exportedFile = remembered((place) => {
  const [folder = '', specifier = ''] = place.split('\n');
  const manifest = manifestOf(specifier, folder);
  if (manifest === undefined) return undefined;
  const description: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const { exports, module, main } = isRecord(description) ? description : {};
  const [, , ...inside] = specifier.split('/');
  const target = isRecord(exports) ? targetOf(exports[['.', ...inside].join('/')]) : (module ?? main);
  return typeof target === 'string' && (isRecord(exports) || inside.length === 0)
    ? fileAt(join(realpathSync(dirname(manifest)), target))
    : undefined;
});

function manifestOf(specifier: string, from: string): string | undefined {
  try {
    return findPackageJSON(specifier, join(from, 'index.js'));
  } catch {
    return undefined; // It is not installed. esbuild says so, if it is needed.
  }
}

/** The conditions that esbuild goes by in these bundles. The first one that a package names counts. */
const CONDITIONS = new Set(['module', 'node', 'import', 'default']);

function targetOf(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const [, inner] = Object.entries(entry).find(([condition]) => CONDITIONS.has(condition)) ?? [];
  return targetOf(inner);
}
