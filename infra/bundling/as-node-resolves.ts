/**
 * Makes esbuild resolve modules as Node does, where the two differ and tests in Node would not notice:
 *
 * - A package without "exports" may have a "module" besides its "main". Node uses "main", whose default export often differs.
 *   The SDK is an exception: it is bundled from "module", which is made for that.
 * - `await import(...)` of a CommonJS file has its named exports in Node, but only the default export with esbuild's splitting.
 * - A package may require another one inside a function, such as a driver that only some users need. Node loads such a package
 *   without the other one, but esbuild fails.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative } from 'node:path';
import { initSync, parse } from 'cjs-module-lexer';
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild';
import { isRecord } from '../../functions/json.ts';
import { packageIn } from './owner-of.ts';

const LAZY_COMMONJS = 'weir-lazy-commonjs';
const RESOLVING = Symbol('asNodeResolves');

export const asNodeResolves: Plugin = {
  name: 'weir-as-node-resolves',
  setup({ onResolve, onLoad, resolve, initialOptions }) {
    const root = initialOptions.absWorkingDir ?? process.cwd();
    const resolveOnce = async (args: OnResolveArgs): Promise<OnResolveResult | undefined> => {
      const { path, importer, resolveDir, kind, namespace, with: attributes } = args;
      if (args.pluginData === RESOLVING || namespace !== 'file' || isOfSdk(importer)) return undefined;
      const options = { importer, resolveDir, kind, with: attributes, pluginData: RESOLVING };
      const found = await resolve(path, options);
      if (found.errors.length > 0) return mayBeAbsent(args) ? { path, external: true } : undefined;
      if (found.external || found.namespace !== 'file') return undefined;
      const file = path.startsWith('.') ? found.path : asMain(found.path, path, importer);
      if (kind === 'dynamic-import' && namesOf(file) !== undefined) {
        // The path is relative because it appears in source maps, which must not depend on this machine.
        return { path: relative(root, file), namespace: LAZY_COMMONJS };
      }
      return { ...found, path: file };
    };
    // Package names, except those of Node and of the SDK. esbuild uses Go's patterns, which have no lookahead.
    onResolve({ filter: /^([^@./n]|n[^o]|no[^d]|nod[^e]|node[^:]|@[^as]|@a[^w]|@s[^m])/ }, resolveOnce);
    // Files, except TypeScript's, which are never CommonJS. esbuild waits for the answer about each import.
    onResolve({ filter: /^[./](.*([^s]|[^t]s|[^.]ts))?$/ }, (args) =>
      args.kind === 'dynamic-import' ? resolveOnce(args) : undefined,
    );
    onLoad({ filter: /.*/, namespace: LAZY_COMMONJS }, ({ path }) => {
      const file = join(root, path);
      return { resolveDir: dirname(file), contents: lazyModule(file, namesOf(file) ?? new Set()) };
    });
  },
};

/** The import then fails with Node's own error at run time. If that happens during loading, check-bundles.ts finds it. */
function mayBeAbsent({ importer, kind }: OnResolveArgs): boolean {
  return packageIn(importer) !== undefined && (kind === 'require-call' || kind === 'dynamic-import');
}

function isOfSdk(file: string): boolean {
  return /[/\\]node_modules[/\\]@(aws-sdk|smithy)[/\\]/.test(file);
}

/** If esbuild chose the "module" of a package, returns the file that Node would load. */
function asMain(found: string, specifier: string, importer: string): string {
  const folder = packageFolder(found);
  const description = folder === undefined ? undefined : readPackage(folder);
  const { module, exports } = description ?? {};
  if (folder === undefined || exports !== undefined) return found;
  if (typeof module !== 'string' || join(folder, module) !== found) return found;
  try {
    return createRequire(importer).resolve(specifier);
  } catch {
    return found; // The package has no "main", so Node could not import it at all.
  }
}

/** The named exports that Node finds in a CommonJS file; undefined for any other file. */
function namesOf(file: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> | undefined {
  if (!['.js', '.cjs'].includes(extname(file)) || seen.has(file)) return undefined;
  const folder = packageFolder(file);
  const type = folder === undefined ? undefined : readPackage(folder)?.['type'];
  if (extname(file) === '.js' && type === 'module') return undefined;
  try {
    // Node finds the names with the same lexer: https://nodejs.org/api/esm.html#commonjs-namespaces
    initSync();
    const { exports, reexports } = parse(readFileSync(file, 'utf8'));
    const further = reexports.flatMap((name) => [
      ...(namesOf(createRequire(file).resolve(name), new Set([...seen, file])) ?? []),
    ]);
    return new Set([...exports, ...further]);
  } catch {
    return undefined; // ES module syntax, or a missing re-export: esbuild's result is kept.
  }
}

function lazyModule(file: string, names: ReadonlySet<string>): string {
  const named = [...names].filter((name) => name !== 'default');
  return [
    `const whole = require(${JSON.stringify(file)});`,
    'export default whole;',
    ...named.map((name, index) => `const name${index} = whole?.[${JSON.stringify(name)}];`),
    `export { ${named.map((name, index) => `name${index} as ${JSON.stringify(name)}`).join(', ')} };`,
  ].join('\n');
}

function packageFolder(file: string): string | undefined {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function readPackage(folder: string): Record<string, unknown> | undefined {
  const description: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return isRecord(description) ? description : undefined;
}
