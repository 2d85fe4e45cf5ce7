/**
 * Requests that only the read of another request submits, up to three in a row, in one seed of sixteen. Their
 * properties follow from their numbers and are not drawn, so all other requests stay the same, and so do the
 * first seeds of planted bugs.
 */
import { type Chance, createChance } from '../world/chance.ts';
import type { PlannedRequest, RequestKind, Workload } from './sample-requests.ts';

const EVERY = 16;
const FIRST = 15;
const CHAIN_MAX = 3;
/** Kinds whose reads succeed in the end, each in its own way. */
const PARENTS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'plain',
  'large',
  'varies',
  'empty',
  'failsForMinutes',
  'fixedLater',
]);
const PARENTS_SHARE = 0.4;

export function withSubmitted(workload: Workload, seed: number): Workload {
  if (seed % EVERY !== FIRST) return workload;
  const chance = createChance(seed, 12);
  const requests = [...workload.requests];
  const takeTurn = createTurns(workload);
  for (const { n: first, kind } of workload.requests) {
    if (!PARENTS.has(kind) || !chance.happens(PARENTS_SHARE)) continue;
    let parent = first;
    for (let left = chance.whole(1, CHAIN_MAX); left > 0; left -= 1) {
      const children = Array.from({ length: chance.whole(1, 2) }, (_, index) => requests.length + index);
      for (const n of children) requests.push(child(n, chance, workload, takeTurn));
      const plan = requests[parent];
      if (plan !== undefined) requests[parent] = { ...plan, submits: children };
      parent = requests.length - 1;
    }
  }
  return { ...workload, requests };
}

type Turn = PlannedRequest['turn'];

function child(
  n: number,
  chance: Chance,
  { keys }: Workload,
  takeTurn: (key: string) => Turn,
): PlannedRequest {
  const key = chance.pick(keys);
  const readings = Array.from({ length: chance.whole(1, 3) }, (_, s) => ({
    r: n,
    s,
    a: 0,
    k: key,
    t: 'plain' as const,
  }));
  return {
    n,
    kind: 'plain',
    body: `{"n":${n}}`,
    id: undefined,
    turn: takeTurn(key),
    submitAt: [],
    readings: () => readings,
  };
}

/** After all places that are taken. */
function createTurns({ mode, requests }: Workload): (key: string) => Turn {
  const last = new Map<string, number>();
  for (const { turn } of requests) {
    if (turn !== undefined) last.set(turn.key, Math.max(turn.sequence, last.get(turn.key) ?? 0));
  }
  return (key) => {
    if (mode.order === 'arrival') return undefined;
    const sequence = (last.get(key) ?? 0) + 1;
    last.set(key, sequence);
    return { key, sequence };
  };
}
