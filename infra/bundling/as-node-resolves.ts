/**
 * Two places where esbuild gives a pipeline something else than Node does, and tests in Node would not tell:
 *
 * - A package without "exports" may have a "module" beside its "main". Node takes "main", whose default export is often
 *   another one. The SDK is left out: it is bundled from "module", which is made for that.
 * - What `await import(...)` gives of a CommonJS file has its names in Node, and with esbuild's splitting the default only.
 *
 * And one where esbuild gives nothing at all: a package that asks for another one inside a function, as a driver that only
 * some need, loads in Node without it.
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
        // Source maps hold the path: it must not say where on this machine the project is.
        return { path: relative(root, file), namespace: LAZY_COMMONJS };
      }
      return { ...found, path: file };
    };
    // Packages, by name: not what belongs to Node or to the SDK. Go's patterns know no lookahead.
    onResolve({ filter: /^([^@./n]|n[^o]|no[^d]|nod[^e]|node[^:]|@[^as]|@a[^w]|@s[^m])/ }, resolveOnce);
    onResolve({ filter: /^[./]/ }, (args) =>
      args.kind === 'dynamic-import' ? resolveOnce(args) : undefined,
    );
    onLoad({ filter: /.*/, namespace: LAZY_COMMONJS }, ({ path }) => {
      const file = join(root, path);
      return { resolveDir: dirname(file), contents: lazyModule(file, namesOf(file) ?? new Set()) };
    });
  },
};

/** What asks for it gets Node's own error when it asks: if that is while it loads, infra/bundling/check-bundles.ts finds it. */
function mayBeAbsent({ importer, kind }: OnResolveArgs): boolean {
  return packageIn(importer) !== undefined && (kind === 'require-call' || kind === 'dynamic-import');
}

function isOfSdk(file: string): boolean {
  return /[/\\]node_modules[/\\]@(aws-sdk|smithy)[/\\]/.test(file);
}

/** Of a package that esbuild took from its "module", the file that Node takes. */
function asMain(found: string, specifier: string, importer: string): string {
  const folder = packageFolder(found);
  const description = folder === undefined ? undefined : readPackage(folder);
  const { module, exports } = description ?? {};
  if (folder === undefined || exports !== undefined) return found;
  if (typeof module !== 'string' || join(folder, module) !== found) return found;
  try {
    return createRequire(importer).resolve(specifier);
  } catch {
    return found; // It has no "main": in Node it could not be imported at all.
  }
}

/** The names that Node would give of a CommonJS file; undefined of anything else. */
function namesOf(file: string, seen: ReadonlySet<string> = new Set()): ReadonlySet<string> | undefined {
  if (!['.js', '.cjs'].includes(extname(file)) || seen.has(file)) return undefined;
  const folder = packageFolder(file);
  const type = folder === undefined ? undefined : readPackage(folder)?.['type'];
  if (extname(file) === '.js' && type === 'module') return undefined;
  try {
    // https://nodejs.org/api/esm.html#commonjs-namespaces: Node finds the names with the same lexer.
    initSync();
    const { exports, reexports } = parse(readFileSync(file, 'utf8'));
    const further = reexports.flatMap((name) => [
      ...(namesOf(createRequire(file).resolve(name), new Set([...seen, file])) ?? []),
    ]);
    return new Set([...exports, ...further]);
  } catch {
    return undefined; // Syntax of ES modules, or a re-export that is not there: what esbuild makes of it stays.
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
