/**
 * Many readings of few keys with the faults of the simulation, by a pipeline that merges: the state of every commit must
 * equal the plain fold of the readings that took effect, each once.
 *
 * node test/testing/many-readings.ts [READINGS]    default: 120,000 (40 s). Ten million: test/functions/merge/ten-million.ts
 */
import * as v from 'valibot';
import { definePipeline } from '../../functions/pipeline.ts';
import { createRandom } from '../../model/random.ts';
import type { RecordedRequest } from '../../testing/recorded-request.ts';
import { runPipelineSeed } from '../../testing/run-seed.ts';

/** As many as a seed submits. */
const REQUESTS = 60;
const READINGS_PER_REQUEST = 2_000;
const KEYS = ['north', 'south', 'east', 'west'];

/** Depends on the order as well: what is merged in another order is another state. */
export const merging = definePipeline({
  name: 'many',
  request: v.unknown(),
  read: (): { key: string; n: number }[] => [],
  key: ({ key }) => key,
  initial: () => ({ count: 0, sum: 0, most: 0, hash: 0, factor: 1 }),
  compute: ({ count, sum, most, hash, factor }, { n }) => ({
    count: count + 1,
    sum: sum + n,
    most: Math.max(most, n),
    hash: (hash * 31 + n) % MODULUS,
    factor: (factor * 31) % MODULUS,
  }),
  merge: (a, b) => ({
    count: a.count + b.count,
    sum: a.sum + b.sum,
    most: Math.max(a.most, b.most),
    hash: (a.hash * b.factor + b.hash) % MODULUS,
    factor: (a.factor * b.factor) % MODULUS,
  }),
});
const MODULUS = 1_000_003;

export interface Many {
  readonly submitted: number;
  readonly applied: number;
  readonly faults: number;
  readonly violations: readonly string[];
}

export async function runMany(seed: number, perRequest = READINGS_PER_REQUEST): Promise<Many> {
  const random = createRandom(seed);
  const recorded = Array.from({ length: REQUESTS }, (_, index) => requestOf(index + 1, perRequest, random));
  const { violations, applied, counters, requests } = await runPipelineSeed(merging, recorded, seed);
  return {
    submitted: requests.reduce((sum, { readings }) => sum + readings.length, 0),
    applied,
    faults: Object.values(counters).reduce((sum, count) => sum + count, 0),
    violations: violations.map(({ invariant, text }) => `${invariant}: ${text}`),
  };
}

function requestOf(n: number, count: number, random: () => number): RecordedRequest {
  const places = new Map<string, number>();
  const all = Array.from({ length: count }, () => {
    const key = KEYS[Math.floor(random() * KEYS.length)] ?? '';
    const place = (places.get(key) ?? 0) + 1;
    places.set(key, place);
    return { key, n, place, text: JSON.stringify({ key, n: Math.floor(random() * 1_000) }) };
  });
  const readings = KEYS.flatMap((key) => all.filter((each) => each.key === key));
  return { n, id: undefined, foundId: undefined, turn: undefined, refused: undefined, readings };
}

if (import.meta.main) {
  const wanted = Number(process.argv[2] ?? 120_000);
  const total = { seeds: 0, submitted: 0, applied: 0, faults: 0, violations: 0 };
  while (total.submitted < wanted) {
    const { submitted, applied, faults, violations } = await runMany(total.seeds + 1);
    total.seeds += 1;
    total.submitted += submitted;
    total.applied += applied;
    total.faults += faults;
    total.violations += violations.length;
    for (const violation of violations.slice(0, 3)) console.log(`seed ${total.seeds}: ${violation}`);
  }
  console.log(JSON.stringify(total));
  process.exitCode = total.violations === 0 ? 0 : 1;
}
