/**
 * Versions of a state's shape, and migration to the pipeline's own version. Every step starts from text. So a state that
 * several builds migrate step by step ends as the same text as one that is migrated at once.
 */
import { encodeState, refuseNothing } from './compute/state-text.ts';
import { NewerFormatError, PermanentError, reasonOf } from './errors.ts';
import { quoted } from './shorten.ts';
import type { KeyItem } from './state.ts';

/** Migrates a state to the next version. Synchronous and pure, like compute; it may change its argument. */
export type MigrationStep = { call(state: unknown, key: string): unknown }['call'];

export interface StateVersions {
  /** The version of the states that this build writes: 1, 2, 3 ... */
  readonly version: number;
  /** `migrate[1]` migrates a state from version 1 to version 2, and so on up to `version`. */
  readonly migrate: Readonly<Record<number, MigrationStep>>;
}

export const FIRST_STATE_VERSION: StateVersions = { version: 1, migrate: {} };

type Kept = Pick<KeyItem, 'key' | 'stateVersion'>;

/** Throws if a newer build wrote the state. The messages then go back to the queue and wait for that build. */
export function refuseNewerState({ key, stateVersion }: Kept, { version }: StateVersions): void {
  if (stateVersion <= version) return;
  throw new NewerFormatError(
    `the state of key ${quoted(key)} has version ${stateVersion}, this build knows ${version}: it waits for a build that knows ` +
      'it. See "Rolling back" in docs/migration.md',
  );
}

/** Returns the text of the state in the pipeline's own version. Throws a PermanentError that names the step at fault. */
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

/** The state of an item, migrated to this build's version; undefined if it has none. */
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
