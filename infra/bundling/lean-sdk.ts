/**
 * Bundles only the parts of the SDK that Weir's own clients need. functions/aws/lean-client.ts replaces parts of the two
 * clients at run time; this plugin leaves the replaced parts out of the bundle. Clients that a pipeline itself makes keep
 * the whole SDK, because Weir's files import copies of the modules, which a suffix distinguishes.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { IMPORTED, leanText } from './lean-parts.ts';
import { without } from './leave-out.ts';
import { remembered } from './remembered.ts';
import { sdkFile } from './sdk-files.ts';
import { straightImports } from './straight-imports.ts';

const SUFFIX = '?lean';
/** Begins the specifier of a copy in another copy. */
const COPY = 'weir-lean:';
const RESOLVING = Symbol('leanSdk');

export const leanSdk: Plugin = {
  name: 'weir-lean-sdk',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@aws-sdk\/client-(sqs|dynamodb)$|^@smithy\/signature-v4$/ }, async (args) => {
      const { path, importer, resolveDir, kind, with: attributes, pluginData } = args;
      if (dirname(importer) !== OWN || pluginData === RESOLVING) return undefined;
      const options = { importer, resolveDir, kind, with: attributes, pluginData: RESOLVING };
      const found = await resolve(path, options);
      const isOfSdk = SDK.test(found.path) && found.namespace === 'file' && !found.external;
      return isOfSdk && found.errors.length === 0 ? copyOf(found.path) : undefined;
    });
    onResolve({ filter: new RegExp(`^${COPY}`) }, ({ path }) => copyOf(path.slice(COPY.length)));
    onLoad({ filter: SDK }, ({ path, suffix }) => {
      if (suffix !== SUFFIX) return undefined;
      const loader = path.endsWith('.json') ? 'json' : 'js';
      return { contents: textOfCopy(path), resolveDir: dirname(path), loader };
    });
  },
};

/** Without `sideEffects: false`, esbuild would keep every copy that is imported, used or not. */
function copyOf(path: string) {
  return { path, suffix: SUFFIX, sideEffects: false };
}

const leanTextAt = remembered((path) => {
  const text = readFileSync(path, 'utf8');
  return leanText(path, text) ?? without(path, text);
});

const straight = straightImports({
  textOf: leanTextAt,
  fileOf: sdkFile,
  specifierOf: (file) => `${COPY}${file}`,
});

const textOfCopy = remembered((path) => {
  const [, names] = IMPORTED.find(([file]) => file.test(path)) ?? [];
  return names === undefined ? straight.textOf(path) : straight.only(names, path);
});

const SDK = /[/\\]node_modules[/\\](@aws-sdk|@smithy|@aws)[/\\]/;
/** The folder of Weir's files with AWS clients, as a full path, because a user may have a folder with the same name. */
const OWN = join(import.meta.dirname, '../../functions/aws');
