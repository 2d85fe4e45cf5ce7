/**
 * The limit: the time of each effect in a system without overhead. Reads start in order of arrival as soon as
 * one of the places is free; results are computed in the order in which the reads end, one at a time per key.
 * A longest-first schedule could end sooner, but the longest read is not known in advance.
 */
import type { TimedRequest } from './requests.ts';

/** The times of the effects, one per request, in milliseconds from the start. */
export function scheduleOf(requests: readonly TimedRequest[], readsAtOnce: number): number[] {
  if (!Number.isInteger(readsAtOnce) || readsAtOnce < 1) {
    throw new RangeError(`${readsAtOnce} reads at once: give a whole number from 1 up`);
  }
  const freeAt = new Array<number>(Math.min(readsAtOnce, requests.length)).fill(0);
  const reads = requests.map((request) => {
    const place = freeAt.indexOf(Math.min(...freeAt));
    const end = (freeAt[place] ?? 0) + request.readMs;
    freeAt[place] = end;
    return { request, end };
  });
  const keyFreeAt = new Map<string, number>();
  return reads
    .sort((a, b) => a.end - b.end)
    .map(({ request: { key, busyMs, blockMs, values }, end }) => {
      const start = Math.max(end, keyFreeAt.get(key) ?? 0);
      const done = start + values.length * (busyMs + blockMs);
      keyFreeAt.set(key, done);
      return done;
    });
}

/** One after another: each read is awaited before it is computed. */
export function sequentialMs(requests: readonly TimedRequest[]): number {
  return requests.reduce(
    (sum, { readMs, busyMs, blockMs, values }) => sum + readMs + values.length * (busyMs + blockMs),
    0,
  );
}
