/** The same work in this process, without durability: sequentially, and all at once. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Effect, Measurement } from '../measurement.ts';
import { cpuMs } from '../process-tree.ts';
import type { TimedRequest } from '../requests.ts';
import { spend } from '../spend.ts';

/** A plain loop of reads and computations; nothing else runs meanwhile. */
export function runSequential(requests: readonly TimedRequest[]): Promise<Measurement> {
  return measured(async (apply) => {
    for (const request of requests) apply(await read(request));
  });
}

/**
 * At most `readsAtOnce` concurrent reads; each result is computed at once, one at a time, as Node's event
 * loop does.
 */
export function runAsync(requests: readonly TimedRequest[], readsAtOnce: number): Promise<Measurement> {
  return measured(async (apply) => {
    let next = 0;
    const reader = async () => {
      for (let request = requests[next]; request !== undefined; request = requests[next]) {
        next += 1;
        apply(await read(request));
      }
    };
    await Promise.all(Array.from({ length: Math.min(readsAtOnce, requests.length) }, reader));
  });
}

async function read(request: TimedRequest): Promise<TimedRequest> {
  if (request.readMs > 0) await wait(request.readMs);
  return request;
}

async function measured(
  work: (apply: (request: TimedRequest) => void) => Promise<void>,
): Promise<Measurement> {
  const totals = new Map<string, { count: number; sum: number }>();
  const effects: Effect[] = [];
  const cpuBefore = cpuMs();
  const start = performance.now();
  await work(({ key, busyMs, blockMs, values }) => {
    const total = totals.get(key) ?? { count: 0, sum: 0 };
    totals.set(key, total);
    for (const value of values) {
      spend(busyMs, blockMs);
      total.count += 1;
      total.sum += value;
    }
    effects.push({ atMs: performance.now() - start, readings: values.length });
  });
  return { effects, cpuMs: cpuMs() - cpuBefore, totals };
}
