/** Where two JSON values differ: the paths, with what is there on either side. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './json.ts';

export interface Difference {
  /** `/browsers/Chrome`, as JSON Pointer has it (RFC 6901); '' is the whole value. */
  readonly path: string;
  /** Undefined: there is nothing. JSON has no undefined of its own. */
  readonly old: unknown;
  readonly new: unknown;
}

/** Enough to see what has changed; two large states may differ everywhere. */
const DIFFERENCES_MAX = 100;

export function differencesOf(old: unknown, next: unknown): Difference[] {
  const found: Difference[] = [];
  compare(old, next, '', found);
  return found;
}

function compare(old: unknown, next: unknown, path: string, found: Difference[]): void {
  if (found.length >= DIFFERENCES_MAX || isDeepStrictEqual(old, next)) return;
  const [oldParts, newParts] = [partsOf(old), partsOf(next)];
  if (oldParts === undefined || newParts === undefined || Array.isArray(old) !== Array.isArray(next)) {
    found.push({ path, old, new: next });
    return;
  }
  for (const name of new Set([...oldParts.keys(), ...newParts.keys()])) {
    const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
    compare(oldParts.get(name), newParts.get(name), `${path}/${step}`, found);
  }
}

function partsOf(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value)) return new Map(value.map((element: unknown, index) => [String(index), element]));
  return isRecord(value) ? new Map(Object.entries(value)) : undefined;
}
