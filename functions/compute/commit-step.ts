/**
 * One step of a key: fold the arrivals onto its item and commit the result. The condition of the put fails if the item has
 * changed since; then the step is repeated on the current item.
 */

import { decodeMessage } from '../decode-readings.ts';
import { defined } from '../defined.ts';
import { GiveBackError } from '../errors.ts';
import { COMMIT_TRIES_MAX } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Committed, Observe, Random } from '../ports.ts';
import type { KeyItem } from '../state.ts';
import type { Commit, CommitResult, StateStore } from '../state-store.ts';
import { refuseNewerState } from '../state-versions.ts';
import { traceIn, tracesOf } from '../trace-context.ts';
import type { Arrival, FromQueue } from './arrival.ts';
import type { CacheEntry, StateCache } from './cache.ts';
import { type Fold, type FoldApart, fold } from './fold.ts';
import type { FoldInput } from './fold-input.ts';
import { loadInput } from './load-input.ts';
import { type Ordering, orderingOf } from './ordering.ts';
import { seenAfter } from './repeats.ts';
import type { Shadow } from './shadow/shadow.ts';
import { foldOnTrial, type Suspect, type TrialStore } from './trial.ts';

export interface ComputePorts {
  readonly pipeline: Pipeline;
  readonly store: StateStore;
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
  readonly foldApart: FoldApart;
  readonly trials: TrialStore;
  /** Set if the pipeline has a shadow. */
  readonly shadow?: Shadow;
}

export interface Step {
  /** How many of the arrivals, from the first, are dealt with. */
  readonly taken: number;
  /** Whether parked messages of the key may be taken up now. */
  readonly runnable: boolean;
}

const CONFLICT_DELAY_MS = 50;

export async function commitStep(
  key: string,
  arrivals: readonly FromQueue[],
  stopAt: number,
  suspect: Suspect | undefined,
  ports: ComputePorts,
): Promise<Step> {
  const { store, cache, clock, random } = ports;
  const ordering = orderingOf(ports.pipeline.order);
  const cached = cache.get(key);
  let entry = cache.doubtful ? undefined : cached;
  let latest = cached; // Includes the pages read since, so that they are not read again.
  let trusted = false; // A cache entry may be stale. An entry that was just read from the store is trusted.
  for (let attempt = 1; attempt <= COMMIT_TRIES_MAX; attempt += 1) {
    if (clock.now() >= stopAt) throw new GiveBackError('no time left in this invocation');
    if (entry === undefined) {
      const item = await store.load(key);
      entry = item && rebase(latest, item);
      if (cached !== undefined && attempt === 1) cache.learn(cached.item.version !== item?.version);
      trusted = true;
    }
    const base = entry?.item;
    if (base !== undefined) refuseNewerState(base, ports.pipeline.state);
    const { input, seen } = await loadInput(key, entry, arrivals, attempt, ports);
    latest = entry && { ...entry, seen };
    const { commit, taken, runnable, readings, ...told } = await foldObserved(input, suspect, ports);
    if (commit === undefined) {
      const found = trusted ? await lookAgain(base, runnable, ordering, store) : undefined;
      if (trusted && found === base) return { taken, runnable };
      entry = found && rebase(latest, found); // A cache entry alone does not prove that a message was applied.
      continue;
    }
    const start = clock.now();
    const result = await store.commit(commit);
    observeCommit(input, { commit, told, start, outcome: result.outcome }, ports);
    if (cached !== undefined && !trusted) cache.learn(result.outcome === 'conflict');
    if (result.outcome === 'committed') {
      cache.set(key, { item: commit.next, seen: base && seenAfter(seen, base, commit.next) });
      // A suspect may have been folded only in part.
      if (suspect === undefined) ports.shadow?.note(input, readings, commit.next);
      return { taken, runnable };
    }
    // This invocation may have no time for a second fold, and the next one must not start from a stale entry.
    cache.delete(key);
    // Another environment committed first, or this put succeeded and its answer was lost. In both cases the current item
    // tells which of these messages are still to be handled.
    entry = result.current && rebase(latest, result.current);
    trusted = true;
    if (attempt > 1) await clock.sleep(CONFLICT_DELAY_MS * attempt * random());
  }
  throw new GiveBackError(`${COMMIT_TRIES_MAX} conflicting commits in a row`);
}

/**
 * The item is read before the parked messages. If it says that a parked message is due, but none was found, then either
 * `parkedFirst` is only a lower bound, or another commit came in between and may have left a message that is due. Without
 * a write no condition tells the two apart, so the item is read again. Returns the same object if the item is unchanged.
 */
async function lookAgain(
  item: KeyItem | undefined,
  runnable: boolean,
  ordering: Ordering,
  store: StateStore,
): Promise<KeyItem | undefined> {
  if (item === undefined || runnable || !ordering.isRunnable(item)) return item;
  const latest = await store.load(item.key);
  return latest?.version === item.version && latest.lineage === item.lineage ? item : latest;
}

async function foldObserved(
  input: FoldInput,
  suspect: Suspect | undefined,
  ports: ComputePorts,
): Promise<Fold> {
  const { pipeline, clock, observe } = ports;
  const start = clock.now();
  const folded =
    suspect === undefined ? fold(pipeline, clock, input) : await foldOnTrial(input, suspect, ports);
  observe({ kind: 'compute', key: input.key, start, end: clock.now(), readings: folded.readings });
  return folded;
}

/** Receipts read for an item stay valid for later versions of its lineage, but not for an item restored to an earlier one. */
function rebase(entry: CacheEntry | undefined, item: KeyItem): CacheEntry {
  const isLater = entry?.item.lineage === item.lineage && entry.item.version <= item.version;
  return { item, seen: isLater ? entry.seen : undefined };
}

type Told = Pick<Fold, 'numbersFell' | 'passed'>;

interface Made {
  readonly commit: Commit;
  readonly told: Told;
  readonly start: number;
  readonly outcome: CommitResult['outcome'];
}

function observeCommit(input: FoldInput, { commit, told, start, outcome }: Made, ports: ComputePorts): void {
  const messages = [...input.parked, ...input.arrivals];
  ports.observe({
    kind: 'commit',
    key: input.key,
    version: commit.next.version,
    start,
    end: ports.clock.now(),
    outcome,
    ...(outcome === 'committed' ? { committed: summaryOf(commit, messages, told) } : {}),
  });
}

/** For logs and metrics. Each reason appears once. */
function summaryOf(
  { base, next, dead, park }: Commit,
  messages: readonly Arrival[],
  { numbersFell, passed }: Told,
): Committed {
  const said = next.history.findLast(({ version }) => version === next.version);
  const before = base?.counts ?? { applied: 0, skipped: 0, dead: 0 };
  return {
    requests: [...new Set(messages.map(({ message }) => message.request))],
    ...defined({ traces: tracesOf(messages.map(({ message }) => traceIn(message))) }),
    applied: next.counts.applied - before.applied,
    skipped: next.counts.skipped - before.skipped,
    dead: next.counts.dead - before.dead,
    parked: park.length,
    numbersFell,
    ...defined({ passed }),
    outputs: next.outputs.length,
    stateBytes: Buffer.byteLength(next.state ?? ''),
    setAside: {
      reasons: [...new Set(dead.map(({ reason }) => reason))],
      requests: [...new Set(dead.map(({ body }) => decodeMessage(body).request))],
    },
    ...(said === undefined ? {} : { said: { word: said.word, id: said.id } }),
    stopped: next.stopped && { reason: next.stopped.reason, before: base?.stopped !== undefined },
  };
}
