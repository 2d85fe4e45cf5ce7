/** What is kept of a reading that the shadow computed otherwise. */
import { differencesOf } from '../../value-diff.ts';
import { asValue, type Effect } from './effect.ts';

/** Where a reading is: number `index` of message `chunk` of the `of` that carry its request's readings for the key. */
export interface ReadingName {
  readonly request: string;
  readonly chunk: number;
  readonly of: number;
  readonly index: number;
}

export interface ShadowFinding extends ReadingName {
  /** Of the commit that computed the reading. */
  readonly version: number;
  /** Why the shadow threw, where the pipeline did not. */
  readonly threw?: string;
  /** Else where the two differ, the first places. */
  readonly changes?: readonly Change[];
}

export interface Change {
  /** Of `/state`, `/outputs`, `/wakes`, `/skipped` or `/threw`, as JSON Pointer has it. */
  readonly path: string;
  /** JSON text, shortened; undefined: there is nothing. */
  readonly old: string | undefined;
  readonly new: string | undefined;
}

const CHANGES_MAX = 5;
const VALUE_LENGTH_MAX = 200;
const PATH_LENGTH_MAX = 300;

export function changesBetween(ours: Effect, theirs: Effect): Change[] {
  return differencesOf(asValue(ours), asValue(theirs))
    .slice(0, CHANGES_MAX)
    .map(({ path, old, new: next }) => ({
      path: cut(path, PATH_LENGTH_MAX),
      old: shown(old),
      new: shown(next),
    }));
}

function shown(value: unknown): string | undefined {
  return value === undefined ? undefined : cut(JSON.stringify(value), VALUE_LENGTH_MAX);
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`.toWellFormed();
}
