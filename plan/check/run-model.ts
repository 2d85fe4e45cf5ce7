/** Runs the check's requests in the model, with the settings and times of the local run. */
import { defaultLimits, SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { createRandom } from '../../model/random.ts';
import { lognormal } from '../distribution.ts';
import type { Outcome } from '../model/model.ts';
import { simulate } from '../model/simulate.ts';
import type { Request } from '../model/world.ts';
import { localProfile, type Profile } from '../profile.ts';
import { pullForMs } from '../work.ts';
import { CHECK, type CheckRequest, type Times, timesOf } from './work.ts';

/** With this many readers, all full, as many reads run as the check allows. */
export const CHECK_READERS = CHECK.readsAtOnce / defaultLimits.readsPerInvocation;
export const CHECK_COMPUTES = CHECK.keys;
/** Lambda starts with five batches and adds five per second. The local run does the same. */
const START = 5;
const GROWTH = 5;

export interface ModelRun {
  readonly times: Times;
  readonly outcome: Outcome;
}

/** One run of the model with this seed. */
export async function runModel(
  requests: readonly CheckRequest[],
  profile: Profile = localProfile,
  seed = 1,
): Promise<ModelRun> {
  const concurrency = { start: START, growthPerSecond: GROWTH };
  const { lingerMs, commitAfterMs, readTimeoutMs, readAttempts, readsPerInvocation } = defaultLimits;
  const outcome = await simulate({
    profile,
    random: createRandom(seed),
    requests: arrivals(requests),
    readers: { ...concurrency, max: CHECK_READERS, warm: CHECK_READERS },
    computes: { ...concurrency, max: CHECK_COMPUTES, warm: CHECK_COMPUTES },
    shards: 1,
    endAtMs: 3_600_000,
    work: {
      read: lognormal({ median: 100, p99: 1_600 }),
      write: undefined,
      keysPerRequest: 1,
      messagesPerKey: 1,
      readingsPerMessage: 1,
      messageBytes: 300,
      outputsPerMessage: 0,
      lingerMs,
      commitAfterMs,
      readTimeoutMs,
      readAttempts,
      readsPerInvocation,
      pullForMs: pullForMs(defaultLimits),
      computeMs: CHECK.computeMs,
      foldMs: 0,
      inRequestOrder: false,
      slowdown: 1,
      cachedKeys: Number.POSITIVE_INFINITY,
    },
  });
  return { times: timesOf(outcome.measured.committedAt), outcome };
}

/** Time that the local run takes to send a batch of ten requests. */
const SUBMIT_MS = 1;

function* arrivals(requests: readonly CheckRequest[]): Generator<Request, void> {
  const keys = new Map<string, number>();
  for (const [index, { key, readMs }] of requests.entries()) {
    const number = keys.get(key) ?? keys.size;
    keys.set(key, number);
    yield {
      at: Math.floor(index / SQS_BATCH_ENTRIES_MAX) * SUBMIT_MS,
      keys: [number],
      sequence: 1,
      measured: true,
      readMs,
      attempt: 1,
      readAt: 0,
    };
  }
}
