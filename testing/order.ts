/**
 * Whether the result depends on the order in which requests arrive. First, two adjacent readings of different
 * requests are swapped, which gives the smallest example; then whole keys are shuffled. Readings of one
 * request keep their order, as on the readings queue.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Pipeline } from '../functions/pipeline.ts';
import { createChance } from '../simulate/world/chance.ts';
import { computeOnce, type Incoming, nameReading, type PlainFold } from './plain-fold.ts';
import { showDifferences } from './purity.ts';
import type { Finding } from './report.ts';
import { isRounding } from './rounding.ts';

const PAIRS_MAX = 500;
const SHUFFLED_KEYS_MAX = 20;
const SHUFFLES = 4;

export function findOrderSensitivity(pipeline: Pipeline, folds: readonly PlainFold[]): Finding | undefined {
  return findPair(pipeline, folds) ?? findShuffle(pipeline, folds);
}

function findPair(pipeline: Pipeline, folds: readonly PlainFold[]): Finding | undefined {
  const pairs = folds.flatMap((fold) =>
    fold.readings.flatMap((second, index) => {
      const first = fold.readings[index - 1];
      const state = fold.states[index - 1];
      return first === undefined || state === undefined || first.n === second.n
        ? []
        : [{ first, second, state }];
    }),
  );
  const every = Math.ceil(pairs.length / PAIRS_MAX);
  for (const { first, second, state } of pairs.filter((_, index) => index % every === 0)) {
    const [one, other] = [foldOn(pipeline, state, [first, second]), foldOn(pipeline, state, [second, first])];
    if (isDeepStrictEqual(one, other)) continue;
    return sensitive(`${nameReading(first)} and ${nameReading(second)} are swapped`, one, other);
  }
  return undefined;
}

function findShuffle(pipeline: Pipeline, folds: readonly PlainFold[]): Finding | undefined {
  const chance = createChance(1, 0);
  for (const { key, readings, states } of folds.slice(0, SHUFFLED_KEYS_MAX)) {
    const plain: unknown = JSON.parse(states.at(-1) ?? 'null');
    for (let shuffle = 0; shuffle < SHUFFLES; shuffle += 1) {
      const merged = merge(readings, (count) => chance.whole(0, count - 1));
      const other = foldOn(pipeline, states[0] ?? 'null', merged);
      if (isDeepStrictEqual(plain, other)) continue;
      const order = merged.map(({ n, place }) => `${n}.${place}`).join(' ');
      return sensitive(
        `the requests of key ${JSON.stringify(key)} arrive in another order (${order.slice(0, 120)})`,
        plain,
        other,
      );
    }
  }
  return undefined;
}

/** Picks a request and takes its next reading, repeatedly, so that each request keeps its own order. */
function merge(readings: readonly Incoming[], pick: (count: number) => number): Incoming[] {
  let lists = [...Map.groupBy(readings, ({ n }) => n).values()];
  const merged: Incoming[] = [];
  while (lists.length > 0) {
    const list = lists[pick(lists.length)];
    const first = list?.shift();
    if (first !== undefined) merged.push(first);
    lists = lists.filter(({ length }) => length > 0);
  }
  return merged;
}

function foldOn(pipeline: Pipeline, from: string, readings: readonly Incoming[]): unknown {
  let state = from;
  for (const incoming of readings) {
    const step = computeOnce(pipeline, state, incoming);
    if (!('error' in step)) state = step.state;
  }
  return JSON.parse(state);
}

function sensitive(how: string, one: unknown, other: unknown): Finding {
  const rounding = isRounding(one, other)
    ? '\n  They differ only by rounding: use whole numbers (cents, milliseconds).'
    : '';
  return {
    kind: 'order-sensitive',
    text: `the state differs when ${how}:\n${showDifferences(one, other)}${rounding}`,
    wayOut:
      'Requests are read concurrently and may arrive in any order. If every order is fine, nothing is wrong. If not, use ' +
      "order: 'request' with a sequence, or make compute give the same state in every order.",
  };
}
