/** Reads the package.json of the package that a file under node_modules belongs to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../../functions/json.ts';
import { packageIn } from './owner-of.ts';

function manifestOf(file: string): Readonly<Record<string, unknown>> {
  const name = packageIn(file);
  if (name === undefined) return {};
  const folder = file.slice(0, file.lastIndexOf(join('node_modules', name)));
  try {
    const manifest: unknown = JSON.parse(
      readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
    );
    return isRecord(manifest) ? manifest : {};
  } catch {
    return {}; // There is no package.json at this path.
  }
}

/** Whether the package of a file needs another package: it is in its `dependencies` and not optional. */
export function needs(file: string, name: string): boolean {
  const { dependencies, optionalDependencies } = manifestOf(file);
  if (isRecord(optionalDependencies) && name in optionalDependencies) return false;
  return isRecord(dependencies) && name in dependencies;
}

/** Names of the packages with a package's native code for one platform each, such as `@img/sharp-linux-x64`. */
export function platformPartsOf(file: string): string[] {
  const { optionalDependencies } = manifestOf(file);
  const names = isRecord(optionalDependencies) ? Object.keys(optionalDependencies) : [];
  return names.filter((name) => /\b(linux|darwin|win32)\b/.test(name));
}
