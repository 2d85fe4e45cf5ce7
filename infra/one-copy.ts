/**
 * Two copies of `constructs`, or of `aws-cdk-lib`, do not accept each other's constructs: types do not match, and
 * `instanceof` is false. The CDK's own error then names neither copy.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { isRecord } from '../functions/json.ts';

/** Throws if the scope or its stack was made by another copy than the one that this module imports. */
export function assertOneCopy(scope: Construct, id: string): void {
  const where = `${scope.node.path}/${id}`;
  if (!(scope instanceof Construct)) throw new Error(twoCopies(where, 'constructs', scope, Construct));
  const stack = Stack.of(scope);
  if (!(stack instanceof Stack)) throw new Error(twoCopies(where, 'aws-cdk-lib', stack, Stack));
}

function twoCopies(where: string, name: string, theirs: object, ours: object): string {
  const versions = `${versionOf(theirs.constructor, name)} and ${versionOf(ours, name)}`;
  const loaded = loadedCopies(name);
  const copies = loaded.length > 1 ? loaded.join(' and ') : `versions ${versions}`;
  return (
    `${where}: the app and Weir use two copies of ${name}: ${copies}. Constructs of one do not work with the other. Keep one: ` +
    `npm ls ${name} shows who asks for which; ask for the same version everywhere, then npm dedupe (pnpm dedupe)`
  );
}

/** The CDK's classes carry a name and version for jsii. The app's own classes inherit from one of them. */
function versionOf(made: object, name: string): string {
  for (let each: unknown = made; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    const { [JSII]: rtti } = each as { readonly [JSII]?: unknown };
    if (isRecord(rtti) && String(rtti['fqn']).startsWith(`${name}.`)) return String(rtti['version']);
  }
  return 'unknown';
}

const JSII = Symbol.for('jsii.rtti');

/** Both packages are CommonJS, so Node's module cache has the paths of their loaded files. A bundled app has no paths. */
function loadedCopies(name: string): string[] {
  const inside = new RegExp(`^(.*[\\\\/]${name})[\\\\/]${ENTRIES[name]}$`);
  const { cache } = createRequire(import.meta.url);
  const folders = Object.keys(cache).flatMap((file) => inside.exec(file)?.[1] ?? []);
  return [...new Set(folders)].map((folder) => `${folder} (${manifestVersion(folder)})`);
}

const ENTRIES: Readonly<Record<string, string>> = {
  constructs: 'lib[\\\\/]construct\\.js',
  'aws-cdk-lib': 'core[\\\\/]lib[\\\\/]stack\\.js',
};

function manifestVersion(folder: string): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
    return isRecord(manifest) ? String(manifest['version']) : 'unknown';
  } catch {
    return 'unknown';
  }
}
