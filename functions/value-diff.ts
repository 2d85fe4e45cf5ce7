/** Finds the paths where two JSON values differ, with both values. */
import { isDeepStrictEqual } from 'node:util';
import { isRecord } from './json.ts';

export interface Difference {
  /** A JSON Pointer (RFC 6901) such as `/browsers/Chrome`; '' is the whole value. */
  readonly path: string;
  /** Undefined if there is no value. */
  readonly old: unknown;
  readonly new: unknown;
}

/** Two large states may differ everywhere; this many differences are enough to see what changed. */
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
