/** Committed states, read strongly consistently: what a commit that was made before the call wrote is in the answer. */
import { checkKey } from '../functions/message-ids.ts';
import { type Counts, type KeyItem, type StateStore, stateOf } from '../functions/state.ts';
import { currentStateOf, type StateVersions } from '../functions/state-versions.ts';

export interface KeyState<State> {
  readonly key: string;
  readonly state: State;
  /** How many commits made it: it grows by one with each. */
  readonly version: number;
  /** The version of the state's shape: 1 where the pipeline says nothing of versions. */
  readonly stateVersion: number;
  /** Readings of the key that were applied, skipped and set aside. */
  readonly counts: Counts;
  /** Why the key stands still, if it does. */
  readonly stopped: string | undefined;
}

/** Calls at once. One call for each key: DynamoDB bills a batch of reads as it does single ones. */
const READS_AT_ONCE = 50;

/** Undefined where the key has no state. Throws a NewerFormatError for an item, or a state, of a newer build. */
export async function loadState<State>(
  key: string,
  store: Pick<StateStore, 'load'>,
  versions?: StateVersions,
): Promise<KeyState<State> | undefined> {
  return keyStateOf<State>(await store.load(checkKey(key, 'the key')), versions);
}

/** In the order of the keys; those without a state are not in it. */
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

/** The key may have readings, but no state: initial has failed so far. */
function keyStateOf<State>(
  item: KeyItem | undefined,
  versions: StateVersions | undefined,
): KeyState<State> | undefined {
  if (item?.state === undefined) return undefined;
  const { key, version, counts, stopped } = item;
  // The one assertion: compute wrote it under this type. Without `versions` an older state has the shape that it had then.
  const state = (versions === undefined ? stateOf(item) : currentStateOf(item, versions)) as State;
  const stateVersion = versions?.version ?? item.stateVersion;
  return { key, state, version, stateVersion, counts, stopped: stopped?.reason };
}
