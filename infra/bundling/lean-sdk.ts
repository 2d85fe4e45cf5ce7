/**
 * Bundles only the parts of the SDK that Weir's own clients need. functions/aws/lean-client.ts replaces parts of the two
 * clients at run time; this plugin leaves the replaced parts out of the bundle. Clients that a pipeline itself makes keep
 * the whole SDK, because Weir's files import copies of the modules, which a suffix distinguishes.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { leanText } from './lean-parts.ts';
import { without } from './leave-out.ts';

const SUFFIX = '?lean';
const RESOLVING = Symbol('leanSdk');

/** What a copy tells its imports. */
class Copy {
  /** Whether esbuild must keep a module of the copy's package whose exports are unused. */
  readonly sideEffects: boolean;
  constructor(sideEffects: boolean) {
    this.sideEffects = sideEffects;
  }
}

export const leanSdk: Plugin = {
  name: 'weir-lean-sdk',
  setup({ onResolve, onLoad, resolve }) {
    const toCopy = async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path, importer, resolveDir, kind, with: attributes } = args;
      const options = { importer, resolveDir, kind, with: attributes, pluginData: RESOLVING };
      const found = await resolve(path, options);
      const isOfSdk = SDK.test(found.path) && found.namespace === 'file' && !found.external;
      if (found.errors.length > 0 || !isOfSdk) return undefined;
      return { ...found, suffix: SUFFIX, pluginData: new Copy(found.sideEffects) };
    };
    onResolve({ filter: /^@aws-sdk\/client-(sqs|dynamodb)$/ }, (args) =>
      dirname(args.importer) === OWN && args.pluginData !== RESOLVING ? toCopy(args) : undefined,
    );
    onResolve({ filter: /^(\.|@aws-sdk\/|@smithy\/|@aws\/)/ }, (args) => {
      const { path, resolveDir, pluginData } = args;
      if (!(pluginData instanceof Copy)) return undefined;
      // Most imports name a file of the same package. Asking esbuild for each one made bundling wait for most of its time.
      const file = path.startsWith('.') ? fileAt(join(resolveDir, path)) : undefined;
      if (file === undefined) return toCopy(args);
      return { path: file, suffix: SUFFIX, sideEffects: pluginData.sideEffects, pluginData };
    });
    onLoad({ filter: SDK }, ({ path, suffix, pluginData }) => {
      if (suffix !== SUFFIX) return undefined;
      const loader = path.endsWith('.json') ? 'json' : 'js';
      return { contents: leanTextAt(path), resolveDir: dirname(path), loader, pluginData };
    });
  },
};

/** The SDK's modules name their neighbours without an extension, as esbuild takes them. */
const fileAt = remembered((path) =>
  [path, `${path}.js`, join(path, 'index.js')].find((file) =>
    statSync(file, { throwIfNoEntry: false })?.isFile(),
  ),
);

const leanTextAt = remembered((path) => {
  const text = readFileSync(path, 'utf8');
  return leanText(path, text) ?? without(path, text);
});

/** The three bundles have mostly the same modules of the SDK, which stay as they are while a process runs. */
function remembered<T>(find: (path: string) => T): (path: string) => T {
  const found = new Map<string, { readonly value: T }>();
  return (path) => {
    const known = found.get(path) ?? { value: find(path) };
    found.set(path, known);
    return known.value;
  };
}

const SDK = /[/\\]node_modules[/\\](@aws-sdk|@smithy|@aws)[/\\]/;
/** The folder of Weir's files with AWS clients, as a full path, because a user may have a folder with the same name. */
const OWN = join(import.meta.dirname, '../../functions/aws');
