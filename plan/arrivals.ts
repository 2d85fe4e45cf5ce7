/**
 * Chooses the requests for the model: random arrivals at the workload's rate, with its bursts, for long enough to see rare
 * events. If the rate is too high to simulate in full, the model gets a slice of the keys with their requests and their
 * share of the concurrency. For a single key this changes nothing.
 */
import type { Random } from '../functions/ports.ts';
import { draw } from './distribution.ts';
import { type KeyShares, keyShares, sliceOfKeys } from './key-shares.ts';
import type { Request } from './model/world.ts';
import { meanRequestsPerSecond, type Workload } from './workload.ts';

export interface Excerpt {
  readonly keys: KeyShares;
  readonly seconds: number;
  /** Requests before this time only fill the pipeline. */
  readonly measuredFromMs: number;
  readonly expectedRequests: number;
}

const SECONDS_MIN = 30;
/** Used if even one key has more requests than were asked for. */
const SECONDS_SHORTEST = 10;
const LONGEST_READS = 5;
/** A slice with a lower concurrency than this would not represent the whole, so it is enlarged, up to EXTRA_MAX times. */
const CONCURRENCY_SHARE_MIN = 20;
const EXTRA_MAX = 8;
const WARM_UP_SHARE = 0.2;

/** `concurrency`: the smaller of readers and computes at once. A slice gets its share of it. */
export function chooseExcerpt(workload: Workload, requests: number, concurrency: number): Excerpt {
  const rate = meanRequestsPerSecond(workload);
  const { burst, read } = workload;
  const shortest = Math.max(SECONDS_MIN, (LONGEST_READS * read.quantile(0.999)) / 1000);
  const seconds = burst === undefined ? Math.max(shortest, requests / rate) : 2 * burst.everySeconds;
  const wanted = requests / (rate * seconds);
  const fraction = Math.min(
    1,
    Math.max(wanted, Math.min(CONCURRENCY_SHARE_MIN / concurrency, wanted * EXTRA_MAX)),
  );
  const keys =
    fraction === 1
      ? keyShares(workload.keys, workload.skew)
      : sliceOfKeys(workload.keys, workload.skew, fraction);
  // A key is never split. If a slice is still too large, it is simulated for a shorter time.
  const affordable = (requests * Math.max(1, fraction / wanted)) / (rate * keys.share);
  const shown =
    burst === undefined && affordable < seconds ? Math.max(SECONDS_SHORTEST, affordable) : seconds;
  return {
    keys,
    seconds: shown,
    measuredFromMs: (burst === undefined ? WARM_UP_SHARE * shown : burst.everySeconds) * 1000,
    expectedRequests: Math.round(rate * keys.share * shown),
  };
}

export function* arrivals(workload: Workload, excerpt: Excerpt, random: Random): Generator<Request, void> {
  const { keys, seconds, measuredFromMs, expectedRequests } = excerpt;
  const isBacklog = workload.arrivals === 'backlog';
  const turns = new Map<number, number>();
  for (let at = 0, made = 0; ; made += 1) {
    if (!isBacklog) at = nextArrival(workload, at, -Math.log(1 - random()) / keys.share, seconds * 1000);
    if (at >= seconds * 1000 || (isBacklog && made === expectedRequests)) return;
    const own = Array.from({ length: workload.keysPerRequest }, () => keys.draw(random));
    const [first = 0] = own;
    const sequence = workload.order === 'request' ? (turns.get(first) ?? 0) + 1 : 0;
    if (workload.order === 'request') turns.set(first, sequence);
    yield {
      at,
      keys: own,
      sequence,
      measured: isBacklog || at >= measuredFromMs,
      readMs: draw(workload.read, random),
      attempt: 1,
      readAt: 0,
    };
  }
}

/**
 * The time at which `count` more requests have come. The rate may change before that, so the rest of each period is carried
 * over to the next one. Otherwise a quiet period would skip the burst after it.
 */
function nextArrival(workload: Workload, fromMs: number, count: number, endMs: number): number {
  let at = fromMs;
  let left = count;
  while (at < endMs) {
    const { rate, untilMs } = rateAt(workload, at);
    const takesMs = (left * 1000) / rate;
    if (at + takesMs <= untilMs) return at + takesMs;
    left -= ((untilMs - at) * rate) / 1000;
    at = untilMs;
  }
  return at;
}

/** The rate, and until when it lasts. Each interval starts with a burst. */
function rateAt({ requestsPerSecond, burst }: Workload, atMs: number): { rate: number; untilMs: number } {
  if (burst === undefined) return { rate: requestsPerSecond, untilMs: Number.POSITIVE_INFINITY };
  const everyMs = burst.everySeconds * 1000;
  const floor = Math.floor(atMs / everyMs);
  // Rounding may put the start of an interval into the one before it, and time would then not move on.
  const number = (floor + 1) * everyMs <= atMs ? floor + 1 : floor;
  const burstEndMs = number * everyMs + burst.seconds * 1000;
  return atMs < burstEndMs
    ? { rate: burst.requestsPerSecond, untilMs: burstEndMs }
    : { rate: requestsPerSecond, untilMs: (number + 1) * everyMs };
}
