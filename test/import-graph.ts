/** The imports of every file in the repository, read from the sources as text; type imports count too. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');

/** By file, the files that it imports; paths from the root of the repository. */
export type Imports = ReadonlyMap<string, readonly string[]>;

export function readImports(): Imports {
  const files = globSync('{*,!(node_modules)/**/*}.{ts,mts,mjs}', { cwd: ROOT }).filter(isOurs);
  return new Map(files.map((file) => [file, importedFiles(file)]));
}

function isOurs(file: string): boolean {
  return !/(^|\/)(node_modules|cdk\.out|dist|\.weir)\//.test(file);
}

export function importedNames(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const names = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name ?? '');
  return names.map((name) => (name.startsWith('.') ? normalize(join(dirname(file), name)) : name));
}

function importedFiles(file: string): string[] {
  const own = importedNames(file).filter(
    (name) => /\.(ts|mts|mjs)$/.test(name) && existsSync(join(ROOT, name)),
  );
  return [...new Set(own)];
}

/** The files that import each other, directly or through others: one list for each knot of them (Tarjan's algorithm). */
export function findCircles(imports: Imports): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string): number => {
    const place = order.size;
    order.set(file, place);
    lowest.set(file, place);
    open.push(file);
    for (const next of imports.get(file) ?? []) {
      if (next === file) circles.push([file]);
      const reached = order.has(next) ? (open.includes(next) ? order.get(next) : undefined) : visit(next);
      lowest.set(file, Math.min(lowest.get(file) ?? place, reached ?? place));
    }
    const low = lowest.get(file) ?? place;
    if (low === place) {
      const knot = open.splice(open.indexOf(file));
      if (knot.length > 1) circles.push(knot.sort());
    }
    return low;
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles;
}
