/**
 * Compute: takes a batch of the readings queue, folds each key's messages onto its item and commits.
 *
 * A batch holds several message groups; they are independent, and one that fails holds back no other. Inside a
 * group the order is kept: at the first failure that message and all later ones of the group are returned. A message
 * is acknowledged only when a committed item holds its effect. On redelivery the item's sequence number and receipts
 * say what was applied already.
 */
import type { IncomingMessage } from '../batch.ts';
import { NewerFormatError, PermanentError, reasonOf } from '../errors.ts';
import { COMMIT_TRIES_MAX, TIMEOUT_MARGIN_MS } from '../limits.ts';
import type { Pipeline } from '../pipeline.ts';
import type { Clock, Observe, Random } from '../ports.ts';
import { decodeMessage, groupOf } from '../readings.ts';
import type { StateStore } from '../state.ts';
import type { CacheEntry, StateCache } from './cache.ts';
import { type Arrival, fold } from './fold.ts';
import { loadSeen, seenAfter } from './repeats.ts';

export interface ComputePorts {
  readonly pipeline: Pipeline;
  readonly store: StateStore;
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observe;
}

/** Returns the ids of the messages that must come back. */
export async function computeBatch(
  messages: readonly IncomingMessage[],
  remainingMs: number,
  ports: ComputePorts,
): Promise<string[]> {
  const stopAt = ports.clock.now() + remainingMs - TIMEOUT_MARGIN_MS;
  const groups = [...Map.groupBy(messages, (message) => message.group).values()];
  const fresh = groups.filter((group) => group.every((message) => message.receiveCount === 1));
  const failed = await Promise.all(fresh.map((group) => computeGroup(group, stopAt, ports)));
  // A group that was seen before may be the one that ended the earlier invocation. It runs after the others are
  // committed, and by itself, so that it cannot take them along again.
  for (const group of groups) {
    if (!fresh.includes(group)) failed.push(await computeGroup(group, stopAt, ports));
  }
  return failed.flat();
}

async function computeGroup(
  messages: readonly IncomingMessage[],
  stopAt: number,
  ports: ComputePorts,
): Promise<string[]> {
  let done = 0;
  try {
    while (done < messages.length) {
      const arrivals = decodeRun(messages.slice(done));
      if (arrivals.length === 0) {
        await buryJunk(messages[done], ports);
        done += 1;
      } else {
        done += await commitRun(arrivals, stopAt, ports);
      }
    }
  } catch (error) {
    const group = messages[0]?.group ?? '';
    ports.observe({
      kind: 'failure',
      stage: 'compute',
      group,
      messages: messages.length - done,
      reason: reasonOf(error),
    });
  }
  return messages.slice(done).map((message) => message.messageId);
}

/** The messages up to the first that is junk. */
function decodeRun(messages: readonly IncomingMessage[]): Arrival[] {
  const arrivals: Arrival[] = [];
  for (const incoming of messages) {
    try {
      const message = decodeMessage(incoming.body);
      // What computes a key one at a time is its group, so a key from another group is not let in.
      if (groupOf(message.key) !== incoming.group) throw new PermanentError('not the group of its key');
      arrivals.push({ incoming, message });
    } catch (error) {
      if (error instanceof PermanentError) break;
      // A newer build's message waits for that build, but what came before it need not.
      if (error instanceof NewerFormatError && arrivals.length > 0) break;
      throw error;
    }
  }
  return arrivals;
}

async function buryJunk(message: IncomingMessage | undefined, { store }: ComputePorts): Promise<void> {
  if (message === undefined) return;
  const { group, messageId, body, receiveCount: attempts, sentAt } = message;
  const reason = 'a message on the readings queue that Weir did not write';
  await store.bury({ key: group, id: messageId, body, group, reason, stage: 'decode', attempts, sentAt });
}

/** Folds and commits one key's messages from the first; returns how many are dealt with. */
async function commitRun(decoded: readonly Arrival[], stopAt: number, ports: ComputePorts): Promise<number> {
  const { pipeline, store, cache, clock, random, observe } = ports;
  let arrivals = decoded;
  const key = arrivals[0]?.message.key ?? '';
  let entry = cache.get(key);
  let trusted = false; // An entry of the cache may be stale; one that the store just gave is not.
  for (let attempt = 1; attempt <= COMMIT_TRIES_MAX; attempt += 1) {
    if (clock.now() >= stopAt) throw new Error('no time left in this invocation');
    if (entry === undefined) {
      const item = await store.load(key);
      entry = item === undefined ? undefined : { item, seen: undefined };
      trusted = true;
    }
    const seen = await loadSeen(entry, arrivals, store);
    const base = entry?.item;
    const start = clock.now();
    const folded = fold({
      pipeline,
      key,
      base,
      lineage: newLineage(random),
      arrivals,
      repeats: seen?.receipts ?? new Set(),
      clock,
    });
    observe({ kind: 'compute', key, start, end: clock.now(), readings: folded.readings });
    if (folded.commit === undefined) {
      if (trusted) return folded.taken;
      entry = undefined; // Nothing is acknowledged on memory alone.
      continue;
    }
    const put = clock.now();
    const result = await store.commit(folded.commit);
    observe({
      kind: 'commit',
      key,
      version: folded.commit.next.version,
      start: put,
      end: clock.now(),
      outcome: result.outcome,
    });
    if (result.outcome === 'committed') {
      const { next } = folded.commit;
      cache.set(key, { item: next, seen: base === undefined ? seen : seenAfter(seen, base, next) });
      return folded.taken;
    }
    // Either another environment was first, or this very put was, and its answer got lost. In both cases the item
    // as it is now says what of these messages is still to be done.
    entry = result.current === undefined ? undefined : rebase(entry, result.current, seen);
    trusted = true;
    // The state may have taken readings in as they are, and changed them with itself: the next fold needs new ones.
    arrivals = arrivals.map(({ incoming }) => ({ incoming, message: decodeMessage(incoming.body) }));
    if (attempt > 1) await clock.sleep(CONFLICT_DELAY_MS * attempt * random());
  }
  cache.delete(key);
  throw new Error(`${COMMIT_TRIES_MAX} conflicting commits in a row`);
}

const CONFLICT_DELAY_MS = 50;

function rebase(
  entry: CacheEntry | undefined,
  item: CacheEntry['item'],
  seen: CacheEntry['seen'],
): CacheEntry {
  return { item, seen: entry?.item.lineage === item.lineage ? seen : undefined };
}

/** Tells an item from one that was begun again under the same key: 12 characters. */
function newLineage(random: Random): string {
  return Array.from({ length: 12 }, () => Math.floor(random() * 36).toString(36)).join('');
}
