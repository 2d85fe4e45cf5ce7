/**
 * The requests with which the model is checked: 2,000 requests for 20 keys, reads of very different length (median 100 ms, p99
 * 1.6 s), at most 200 at once, 1 ms of computation each. The model and the local run get the same list.
 */
import { createRandom } from '../../model/random.ts';
import { draw, lognormal } from '../distribution.ts';

export interface CheckRequest {
  readonly key: string;
  readonly readMs: number;
  readonly computeMs: number;
}

export const CHECK = { requests: 2_000, keys: 20, readsAtOnce: 200, computeMs: 1 } as const;

const READ = { median: 100, p99: 1_600, max: 5_600 };

export function checkRequests(seed: number): CheckRequest[] {
  const random = createRandom(seed);
  const read = lognormal(READ);
  return Array.from({ length: CHECK.requests }, (_, index) => ({
    key: `key-${index % CHECK.keys}`,
    readMs: draw(read, random),
    computeMs: CHECK.computeMs,
  }));
}

export interface Times {
  readonly t50: number;
  readonly t99: number;
  readonly makespan: number;
}

/** Summarizes the times at which readings were committed, in ms since the start. */
export function timesOf(doneMs: readonly number[]): Times {
  const sorted = [...doneMs].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { t50: at(0.5), t99: at(0.99), makespan: at(1) };
}

/** The fastest possible schedule in order of arrival: all allowed reads at once, one computation at a time per key. */
export function schedule(requests: readonly CheckRequest[]): Times {
  const slots = new Array<number>(CHECK.readsAtOnce).fill(0);
  const ends = requests.map(({ key, readMs, computeMs }) => {
    const slot = slots.indexOf(Math.min(...slots));
    const readEnd = (slots[slot] ?? 0) + readMs;
    slots[slot] = readEnd;
    return { key, computeMs, readEnd };
  });
  const free = new Map<string, number>();
  const done = ends
    .sort((a, b) => a.readEnd - b.readEnd)
    .map(({ key, computeMs, readEnd }) => {
      const end = Math.max(readEnd, free.get(key) ?? 0) + computeMs;
      free.set(key, end);
      return end;
    });
  return timesOf(done);
}
