/**
 * Draws the key of a request. Key number r gets a share in proportion to 1 / r^skew (Zipf): skew 0 is even, 1 is typical of
 * popularity. A slice has keys at regular intervals, which represent the others.
 *
 * The first keys are exact. The long tail after them is a formula, so a billion keys take no memory.
 */
import type { Random } from '../functions/ports.ts';

export interface KeyShares {
  /** Number of keys. */
  readonly count: number;
  /** Share of all requests that belongs to these keys; 1 unless this is a slice. */
  readonly share: number;
  /** Share of all requests that the most frequent of these keys gets. */
  readonly hottest: number;
  /** Returns the number of a key, from 0. */
  draw(random: Random): number;
}

export function keyShares(keys: number, skew: number): KeyShares {
  return createShares(keys, skew, 1, 1);
}

/** A `fraction` of the keys, evenly spread over the ranks. The hottest key is left out, because it represents no other. */
export function sliceOfKeys(keys: number, skew: number, fraction: number): KeyShares {
  const count = Math.max(1, Math.round(keys * fraction));
  return count === keys
    ? keyShares(keys, skew)
    : createShares(count, skew, 0.5, weightOfAll(keys, skew) / (keys / count) ** -skew);
}

/** Weights are (index + offset)^-skew. `total` is the weight of all keys on the same scale; it is used only for a slice. */
function createShares(count: number, skew: number, offset: number, total: number): KeyShares {
  const exact = Math.min(count, EXACT_KEYS_MAX);
  const cumulative = new Float64Array(exact);
  let head = 0;
  for (let index = 0; index < exact; index += 1) {
    head += (index + offset) ** -skew;
    cumulative[index] = head;
  }
  const tailFrom = exact - 0.5 + offset;
  const tailTo = count - 0.5 + offset;
  const own = head + integral(tailFrom, tailTo, skew);
  const all = offset === 1 ? own : total;
  return {
    count,
    share: own / all,
    hottest: offset ** -skew / all,
    draw(random) {
      const wanted = random() * own;
      if (wanted < head) return firstAbove(cumulative, wanted);
      const rank = inverseIntegral(tailFrom, wanted - head, skew);
      return Math.min(count - 1, Math.max(exact, Math.round(rank - offset)));
    },
  };
}

const EXACT_KEYS_MAX = 100_000;

function weightOfAll(keys: number, skew: number): number {
  const exact = Math.min(keys, EXACT_KEYS_MAX);
  let head = 0;
  for (let rank = 1; rank <= exact; rank += 1) head += rank ** -skew;
  return head + integral(exact + 0.5, keys + 0.5, skew);
}

/** The integral of x^-skew. */
function integral(from: number, to: number, skew: number): number {
  if (to <= from) return 0;
  return skew === 1 ? Math.log(to / from) : (to ** (1 - skew) - from ** (1 - skew)) / (1 - skew);
}

function inverseIntegral(from: number, area: number, skew: number): number {
  if (skew === 1) return from * Math.exp(area);
  return Math.max(0, from ** (1 - skew) + area * (1 - skew)) ** (1 / (1 - skew));
}

function firstAbove(cumulative: Float64Array, wanted: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
