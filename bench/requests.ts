/** The work of every system: the same requests, from the same seed, in the same order. */
import { createRandom } from '../model/random.ts';

export interface TimedRequest {
  readonly key: string;
  /** Ms that the read waits without using the processor. */
  readonly readMs: number;
  /** Ms for which the computation of each reading uses the processor... */
  readonly busyMs: number;
  /** ...or only blocks its thread, as the article's programs do. */
  readonly blockMs: number;
  /** The values of the request's readings, one each. */
  readonly values: readonly number[];
}

/** Five reads of 2.5 s, each followed by a computation of 2.5 s, all of one key. */
export function articleRequests(scale: number): TimedRequest[] {
  const ms = 2500 * scale;
  return Array.from({ length: 5 }, (_, index) => ({
    key: 'all',
    readMs: ms,
    busyMs: 0,
    blockMs: ms,
    values: [index + 1],
  }));
}

/** Median 100 ms; 1.6 s at the 99th percentile gives the sigma, 5.6 s is the longest. */
const READ_MEDIAN_MS = 100;
const READ_SIGMA = Math.log(16) / 2.326;
const READ_MS_MAX = 5600;

export function scatteredRequests(count: number, keys: number, seed: number): TimedRequest[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => ({
    key: `key-${index % keys}`,
    readMs: Math.min(READ_MS_MAX, READ_MEDIAN_MS * Math.exp(READ_SIGMA * normal(random))),
    busyMs: 1,
    blockMs: 0,
    values: [index + 1],
  }));
}

/** No read time and a trivial computation: only the cost of the system itself is left. */
export function quickRequests(readings: number, keys: number, readingsPerRequest: number): TimedRequest[] {
  return Array.from({ length: readings / readingsPerRequest }, (_, index) => ({
    key: `key-${index % keys}`,
    readMs: 0,
    busyMs: 0,
    blockMs: 0,
    values: Array.from({ length: readingsPerRequest }, (_, each) => index * readingsPerRequest + each + 1),
  }));
}

/** Normally distributed with mean 0 and standard deviation 1 (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function readingsOf(requests: readonly TimedRequest[]): number {
  return requests.reduce((sum, { values }) => sum + values.length, 0);
}
