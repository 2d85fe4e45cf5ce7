/**
 * What a changed compute makes of recorded readings. It uses the fold of the compute function, from the first
 * reading on, in memory, and writes nothing. A stored state of an older version is migrated before the
 * comparison, so a difference shows where `migrate` and a compute from the start disagree.
 */
import { isDeepStrictEqual } from 'node:util';
import { fromQueue } from '../functions/compute/arrival.ts';
import { decodeMessage } from '../functions/decode-readings.ts';
import type { Pipeline } from '../functions/pipeline.ts';
import { type KeyItem, stateOf } from '../functions/state.ts';
import { currentStateOf } from '../functions/state-versions.ts';
import { type Difference, differencesOf } from '../functions/value-diff.ts';
import type { Recorded } from './recording.ts';
import { type Folded, takeIn, wakeUntil } from './replay-key.ts';

export type Verdict = 'same' | 'different' | 'new' | 'stopped';

export interface KeyReplay {
  readonly key: string;
  /**
   * `new`: the key has no stored state to compare with. `stopped`: compute threw, and the pipeline stops its
   * keys.
   */
  readonly verdict: Verdict;
  readonly oldState: unknown;
  readonly newState: unknown;
  readonly counts: KeyItem['counts'];
  /** Why the key stopped, or why its last reading was set aside. */
  readonly problem: string | undefined;
  readonly differences: readonly Difference[];
}

/** The current state of a key, as text, with its version; undefined if there is none. */
export type StateOf = (key: string) => Promise<OldState | undefined>;
export type OldState = Pick<KeyItem, 'state' | 'stateVersion'>;

/** Wakes are folded when they were due, up to the newest recorded reading. */
export async function replay(
  pipeline: Pipeline,
  recording: AsyncIterable<Recorded>,
  stateOf: StateOf,
): Promise<KeyReplay[]> {
  const keys = new Map<string, Folded>();
  let newest = 0;
  for await (const { key, message: incoming } of recording) {
    const folded = keys.get(key) ?? { item: undefined, problem: undefined };
    keys.set(key, folded);
    newest = Math.max(newest, incoming.sentAt);
    takeIn(pipeline, key, folded, fromQueue(incoming, decodeMessage(incoming.body)));
  }
  const replays: KeyReplay[] = [];
  for (const [key, folded] of [...keys].sort(([a], [b]) => (a < b ? -1 : 1))) {
    wakeUntil(pipeline, key, folded, newest);
    const { item, problem } = folded;
    if (item === undefined) continue;
    const old = await stateOf(key);
    replays.push(compare(item, problem, old && { state: currentStateOf({ key, ...old }, pipeline.state) }));
  }
  return replays;
}

function compare(
  item: KeyItem,
  problem: string | undefined,
  old: { readonly state: unknown } | undefined,
): KeyReplay {
  const { key, counts, stopped } = item;
  const newState = stateOf(item);
  const common = { key, oldState: old?.state, newState, counts, problem };
  const differences = old === undefined ? [] : differencesOf(old.state, newState);
  if (stopped !== undefined) return { ...common, verdict: 'stopped', differences };
  if (old === undefined) return { ...common, verdict: 'new', differences };
  const verdict = isDeepStrictEqual(old.state, newState) ? 'same' : 'different';
  return { ...common, verdict, differences };
}
