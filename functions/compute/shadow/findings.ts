/** The record of a reading that the shadow computed differently. */
import { differencesOf } from '../../value-diff.ts';
import { asValue, type Effect } from './effect.ts';

/** Names a reading: it has index `index` in message `chunk` of the `of` messages with its request's readings for the key. */
export interface ReadingName {
  readonly request: string;
  readonly chunk: number;
  readonly of: number;
  readonly index: number;
}

export interface ShadowFinding extends ReadingName {
  /** The version of the commit that computed the reading. */
  readonly version: number;
  /** Why the shadow threw, if the pipeline did not. */
  readonly threw?: string;
  /** The first differences, if the shadow did not throw. */
  readonly changes?: readonly Change[];
}

export interface Change {
  /** JSON Pointer into an object with `state`, `outputs`, `wakes`, `skipped` and `threw`. */
  readonly path: string;
  /** JSON text, shortened; undefined if there is no value. */
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
