/**
 * Changes the product's sources while they are loaded, for the knobs and the planted bugs. Must be called
 * before the first import of a patched file. A text that does not occur exactly once ends the run: a patch
 * that no longer fits must not count as a bug that no seed found.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface SourcePatch {
  /** Relative to the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function patchSources(patches: readonly SourcePatch[]): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:')) return loaded;
      const file = fileURLToPath(url).slice(ROOT.length).replaceAll('\\', '/');
      const own = patches.filter((patch) => patch.file === file);
      if (own.length === 0) return loaded;
      const source = own.reduce(applyPatch, String(loaded.source));
      return { ...loaded, source };
    },
  });
}

export function applyPatch(source: string, { file, find, replace }: SourcePatch): string {
  const parts = source.split(find);
  if (parts.length !== 2) {
    throw new Error(`${JSON.stringify(find)} is in ${file} ${parts.length - 1} times, a patch needs it once`);
  }
  return parts.join(replace);
}
