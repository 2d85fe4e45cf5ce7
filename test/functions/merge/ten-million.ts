/**
 * Readings of one key, packed by the reader's code and computed by two environments, with the faults of the tests of
 * compute: refused writes, lost answers, redeliveries, late duplicates, second reads that send readings where the first
 * sent a partial, and readings on which compute throws. The state must equal the plain fold's.
 *
 * node test/functions/merge/ten-million.ts [READINGS]    default: 10,000,000
 */
import { isDeepStrictEqual } from 'node:util';
import { computeBatch } from '../../../functions/compute/compute.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import { partialsOf } from '../../../functions/merge.ts';
import { type FoldPartial, packReadings } from '../../../functions/pack.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import {
  buildCompute,
  buildPipeline,
  type ComputeStage,
  createRandom,
  deliver,
  stateOf,
} from '../../builders.ts';
import { createInstantClock } from '../../clocks.ts';
import { createMemoryStore, type MemoryStore } from '../../memory-store.ts';

interface Total {
  readonly count: number;
  readonly sum: number;
  readonly most: number;
  readonly hash: number;
  readonly factor: number;
}

interface Reading {
  readonly n: number;
  readonly poison: boolean;
}

const MODULUS = 1_000_003;
const FIRST: Total = { count: 0, sum: 0, most: 0, hash: 0, factor: 1 };

function add({ count, sum, most, hash, factor }: Total, { n, poison }: Reading): Total {
  if (poison) throw new Error('it is poison');
  return {
    count: count + 1,
    sum: sum + n,
    most: Math.max(most, n),
    hash: (hash * 31 + n) % MODULUS,
    factor: (factor * 31) % MODULUS,
  };
}

const pipeline: Pipeline = buildPipeline({
  initial: () => FIRST,
  compute: (state, reading) => add(state as Total, reading as Reading),
  merge: (one, other) => {
    const [a, b] = [one as Total, other as Total];
    return {
      count: a.count + b.count,
      sum: a.sum + b.sum,
      most: Math.max(a.most, b.most),
      hash: (a.hash * b.factor + b.hash) % MODULUS,
      factor: (a.factor * b.factor) % MODULUS,
    };
  },
});

export interface Outcome {
  readonly readings: number;
  readonly messages: number;
  readonly partials: number;
  readonly repeats: number;
  readonly faults: number;
  readonly dead: number;
  readonly isSame: boolean;
}

const READINGS_PER_REQUEST = 500;
const POISON_EVERY = 40_001;
const SENT_AT = 1_000_000;
const LATER_MS = 400_000;

export async function mergeMany(wanted: number, seed = 1): Promise<Outcome> {
  const random = createRandom(seed);
  const happens = (share: number) => random() < share;
  const store = createMemoryStore();
  const faulty = { faults: 0 };
  const environments = [0, 1].map(() =>
    buildCompute({ pipeline, store: withFaults(store, faulty, happens) }),
  );
  const foldPartial = partialsOf(pipeline, createInstantClock(SENT_AT));
  const counts = { readings: 0, messages: 0, partials: 0, repeats: 0, dead: 0 };
  let state = FIRST;
  let queue: IncomingMessage[] = [];
  let sequence = 0;
  const send = (
    request: number,
    readings: readonly Reading[],
    fold: FoldPartial | undefined,
    sentAt: number,
  ) => {
    for (const message of packReadings({ id: `r${request}`, since: SENT_AT }, readings, () => 'k', fold).get(
      'k',
    ) ?? []) {
      sequence += 1;
      counts.messages += 1;
      if (decodeMessage(message.body).partial !== undefined) counts.partials += 1;
      queue.push(deliver(message, { sequence, sentAt }));
    }
  };
  for (let request = 0; counts.readings < wanted; request += 1) {
    const readings = Array.from({ length: READINGS_PER_REQUEST }, (_, index): Reading => {
      const at = counts.readings + index + 1;
      return { n: (at * 7_919) % 1_000, poison: at % POISON_EVERY === 0 };
    });
    counts.readings += readings.length;
    for (const reading of readings) {
      if (reading.poison) counts.dead += 1;
      else state = add(state, reading);
    }
    send(request, readings, happens(0.8) ? foldPartial : undefined, SENT_AT);
    if (happens(0.15)) {
      counts.repeats += 1;
      send(request, readings, happens(0.5) ? foldPartial : undefined, SENT_AT + LATER_MS);
    }
    queue = await takeSome(queue, environments, 20, happens, random);
  }
  queue = await takeSome(queue, environments, 0, happens, random);
  const isSame = isDeepStrictEqual(stateOf(store), state) && store.item('k')?.counts.applied === state.count;
  const isDead = store.item('k')?.counts.dead === counts.dead;
  return { ...counts, faults: faulty.faults, isSame: isSame && isDead && queue.length === 0 };
}

/** Batches of one to ten, each by one of the two environments, until no more than `left` are waiting. What comes back stays in front. */
async function takeSome(
  queue: readonly IncomingMessage[],
  environments: readonly ComputeStage[],
  left: number,
  happens: (share: number) => boolean,
  random: () => number,
): Promise<IncomingMessage[]> {
  let waiting = [...queue];
  while (waiting.length > left) {
    const batch = waiting.slice(0, 1 + Math.floor(random() * 10));
    const environment = environments[happens(0.5) ? 0 : 1];
    if (environment === undefined) throw new Error('there is no environment');
    const failed = new Set(await computeBatch(batch, 30_000, environment));
    // An answer that is lost: all of them come again.
    const isLost = happens(0.05);
    const back = batch.filter(({ messageId }) => isLost || failed.has(messageId));
    waiting = [...back.map(again), ...waiting.slice(batch.length)];
  }
  return waiting;
}

function again(message: IncomingMessage): IncomingMessage {
  return { ...message, receiveCount: message.receiveCount + 1 };
}

function withFaults(
  store: MemoryStore,
  counted: { faults: number },
  happens: (share: number) => boolean,
): MemoryStore {
  return {
    ...store,
    async commit(commit) {
      if (happens(0.1)) {
        counted.faults += 1;
        throw new Error('the write is refused');
      }
      const result = await store.commit(commit);
      if (!happens(0.1)) return result;
      counted.faults += 1;
      throw new Error('the answer is lost');
    },
  };
}

if (import.meta.main) {
  const outcome = await mergeMany(Number(process.argv[2] ?? 10_000_000));
  console.log(JSON.stringify(outcome));
  process.exitCode = outcome.isSame ? 0 : 1;
}
