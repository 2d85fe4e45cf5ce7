/** Reads committed states strongly consistently: the answer includes all commits that were made before the call. */
import { checkKey } from '../functions/message-ids.ts';
import { type Counts, type KeyItem, stateOf } from '../functions/state.ts';
import type { StateStore } from '../functions/state-store.ts';
import { currentStateOf, type StateVersions } from '../functions/state-versions.ts';

export interface KeyState<State> {
  readonly key: string;
  readonly state: State;
  /** Number of commits of the key. */
  readonly version: number;
  /** The version of the state's shape; 1 if the pipeline has no versions. */
  readonly stateVersion: number;
  /** Readings of the key that were applied, skipped and set aside. */
  readonly counts: Counts;
  /** Why the key is stopped; undefined if it is not. */
  readonly stopped: string | undefined;
}

/** Calls at once. Each key gets its own call, because DynamoDB bills a batch like single reads. */
const READS_AT_ONCE = 50;

/** Undefined if the key has no state. Throws a NewerFormatError for an item or a state of a newer build. */
export async function loadState<State>(
  key: string,
  store: Pick<StateStore, 'load'>,
  versions?: StateVersions,
): Promise<KeyState<State> | undefined> {
  return keyStateOf<State>(await store.load(checkKey(key, 'the key')), versions);
}

/** The states in the order of the keys, without keys that have none. */
export async function loadStates<State>(
  keys: readonly string[],
  store: Pick<StateStore, 'load'>,
  versions?: StateVersions,
): Promise<Map<string, KeyState<State>>> {
  const found = new Map<string, KeyState<State> | undefined>(keys.map((key) => [key, undefined]));
  const waiting = [...found.keys()].values();
  const readSome = async () => {
    for (const key of waiting) found.set(key, await loadState<State>(key, store, versions));
  };
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readSome));
  return new Map([...found].flatMap(([key, state]) => (state === undefined ? [] : [[key, state]])));
}

/** Undefined if there is no item, or if it has no state because initial failed or the key was forgotten. */
function keyStateOf<State>(
  item: KeyItem | undefined,
  versions: StateVersions | undefined,
): KeyState<State> | undefined {
  if (item?.state === undefined) return undefined;
  const { key, version, counts, stopped } = item;
  // The only type assertion: compute wrote the state with this type. Without `versions`, an older state has its older shape.
  const state = (versions === undefined ? stateOf(item) : currentStateOf(item, versions)) as State;
  const stateVersion = versions?.version ?? item.stateVersion;
  return { key, state, version, stateVersion, counts, stopped: stopped?.reason };
}
