/**
 * Versions of a state's shape, and the way from an older one to the pipeline's own. Pure: a state that is migrated step by
 * step, by several builds, ends as the same text as one that is migrated at once, because every step starts from text.
 */
import { encodeState, refuseNothing } from './compute/state-text.ts';
import { NewerFormatError, PermanentError, reasonOf } from './errors.ts';
import { quoted } from './shorten.ts';
import type { KeyItem } from './state.ts';

/** From the shape of one version to that of the next. Synchronous and pure, as compute is; it may change what it is given. */
export type MigrationStep = { call(state: unknown, key: string): unknown }['call'];

export interface StateVersions {
  /** Of the states that this build writes: 1, 2, 3 ... */
  readonly version: number;
  /** `migrate[1]` makes a state of version 2 from one of version 1, and so on up to `version`. */
  readonly migrate: Readonly<Record<number, MigrationStep>>;
}

export const FIRST_STATE_VERSION: StateVersions = { version: 1, migrate: {} };

type Kept = Pick<KeyItem, 'key' | 'stateVersion'>;

/** A state that a newer build wrote is not understood: what asks for it goes back and waits for that build. */
export function refuseNewerState({ key, stateVersion }: Kept, { version }: StateVersions): void {
  if (stateVersion <= version) return;
  throw new NewerFormatError(
    `the state of key ${quoted(key)} has version ${stateVersion}, this build knows ${version}: it waits for a build that knows ` +
      'it. See "Rolling back" in docs/migration.md',
  );
}

/** The text of the state in the pipeline's own version. Throws a PermanentError that names the step at fault. */
export function migrateState(
  text: string,
  { key, stateVersion }: Kept,
  { version, migrate }: StateVersions,
): string {
  let migrated = text;
  for (let from = stateVersion; from < version; from += 1) {
    const step = migrate[from];
    if (step === undefined) throw new PermanentError(`migrate has no step ${from}`);
    migrated = takeStep(step, from, migrated, key);
  }
  return migrated;
}

/** The state of an item as this build knows it, whatever older version it has; undefined where it has none. */
export function currentStateOf(item: Kept & Pick<KeyItem, 'state'>, versions: StateVersions): unknown {
  const text = currentTextOf(item, versions);
  return text === undefined ? undefined : JSON.parse(text);
}

/** The same as text. */
export function currentTextOf(
  item: Kept & Pick<KeyItem, 'state'>,
  versions: StateVersions,
): string | undefined {
  refuseNewerState(item, versions);
  return item.state === undefined ? undefined : migrateState(item.state, item, versions);
}

function takeStep(step: MigrationStep, from: number, text: string, key: string): string {
  let next: unknown;
  try {
    next = step(JSON.parse(text), key);
  } catch (error) {
    throw new PermanentError(`migrate[${from}] threw: ${reasonOf(error)}`);
  }
  refuseNothing(next, `migrate[${from}]`);
  try {
    return encodeState(next, key);
  } catch (error) {
    throw new PermanentError(`migrate[${from}]: ${reasonOf(error)}`);
  }
}
