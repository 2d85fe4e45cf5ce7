/**
 * Weir's own modules that a function imports only when it needs them. They are bundled apart from the function. If they were
 * bundled with it, esbuild would put every piece of code that both use into a file of its own, and each of these files makes
 * a cold start as much slower as 6 KB of code do.
 *
 * So a later part has its own copies of the modules that it shares with the function: the function must not recognise what a
 * later part makes or throws by its class.
 */
import { basename, extname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';
import { sourceFile } from './entries.ts';

const PARTS: Readonly<Record<string, readonly string[]>> = {
  compute: [sourceFile('compute', 'fold-process')],
  writer: [
    sourceFile('aws', 'dynamo-state-store'),
    sourceFile('aws', 'sqs'),
    sourceFile('aws', 'wake-scheduler'),
  ],
};

/** The files of the parts that the function imports later, and where they are beside its bundle. */
export function laterPartsOf(name: string): { in: string; out: string }[] {
  return (PARTS[name] ?? []).map((file) => ({ in: file, out: `${name}/${nameOf(file)}` }));
}

/** Leaves the imports of these parts as they are, with the names of the bundled files. */
export function laterParts(name: string): Plugin {
  const parts = new Set(PARTS[name]);
  const names = [...parts].map((file) => basename(file, extname(file)));
  return {
    name: 'weir-later-parts',
    setup({ onResolve }) {
      // Asking about every import made bundling wait. esbuild asks only about these names.
      onResolve(
        { filter: new RegExp(`^\\.{1,2}/(.*/)?(${names.join('|')})\\.[jt]s$`) },
        ({ path, resolveDir, kind }) => {
          const file = resolve(resolveDir, path);
          if (kind !== 'dynamic-import' || !parts.has(file)) return undefined;
          return { path: `./${nameOf(file)}.mjs`, external: true };
        },
      );
    },
  };
}

function nameOf(file: string): string {
  return `later-${basename(file, extname(file))}`;
}
