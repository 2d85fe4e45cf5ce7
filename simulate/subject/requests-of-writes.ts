/**
 * Requests that only the write of an output submits, in one seed of sixteen of arrival order: some short
 * chains, and one without an end. A request one hop over the limit may be read only after an operator redrove
 * it.
 */
import { defaultLimits } from '../../functions/limits.ts';
import { type Chance, createChance } from '../world/chance.ts';
import type { PlannedRequest, Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 10;
const ROOTS_MAX = 4;
const SHORT_MAX = 3;
/** One hop over the limit, and the request that it would lead to. */
const ENDLESS = defaultLimits.submitHopsMax + 2;

export function withRequestsOfWrites(workload: Workload, seed: number): Workload {
  if (seed % EVERY !== FIRST || workload.mode.order !== 'arrival') return workload;
  const chance = createChance(seed, 14);
  const requests = [...workload.requests];
  const lengths = Array.from({ length: chance.whole(1, ROOTS_MAX) }, () => chance.whole(1, SHORT_MAX));
  for (const length of [ENDLESS, ...lengths]) {
    const submitAt = [chance.between(0, workload.spanMs)];
    requests.push(planned(requests.length, chance, workload, { submitAt, hops: 0 }));
    for (let hops = 1; hops <= length; hops += 1) {
      const parent = requests.length - 1;
      const many = hops === length && length !== ENDLESS ? chance.whole(1, 2) : 1;
      const children = Array.from({ length: many }, (_, index) => requests.length + index);
      for (const n of children) requests.push(planned(n, chance, workload, { submitAt: [], hops }));
      const plan = requests[parent];
      if (plan !== undefined) requests[parent] = { ...plan, follows: children };
    }
  }
  return { ...workload, requests };
}

function planned(
  n: number,
  chance: Chance,
  { keys }: Workload,
  { submitAt, hops }: Pick<PlannedRequest, 'submitAt'> & { readonly hops: number },
): PlannedRequest {
  const k = chance.pick(keys);
  // The next request follows from the output of the first reading.
  const readings = Array.from({ length: chance.whole(1, 3) }, (_, s) => ({
    ...{ r: n, s, a: 0, k },
    t: s === 0 ? ('emits' as const) : ('plain' as const),
  }));
  const body = `{"n":${n}}`;
  return { n, kind: 'plain', body, id: undefined, turn: undefined, submitAt, hops, readings: () => readings };
}
