/** The readings of a request depend only on its plan and the attempt. */
import { DEADLY, type Reading, type ReadingKind } from '../oracle/reference.ts';
import type { Chance } from '../world/chance.ts';
import type { Knobs } from '../world/knobs.ts';
import { REFUSED_KINDS, type RequestKind } from './sample-requests.ts';

const GOOD: readonly ReadingKind[] = [
  ...(['plain', 'plain', 'plain', 'plain', 'inPlace', 'inPlace', 'inPlace'] as const),
  ...(['emits', 'emits', 'emitsMany', 'skips', 'slow'] as const),
];
export const POISON: readonly ReadingKind[] = [
  ...(['throws', 'throws', 'throws', 'throwsOddly', 'promises', 'returnsNothing'] as const),
  ...(['makesNaN', 'stateTooLarge', 'outputsTooLarge'] as const),
];

/** Kinds that the second build can compute. */
export const MENDABLE: readonly ReadingKind[] = ['throws', 'throws', 'throws', 'throws', 'throwsOddly'];
export const KILLERS: readonly ReadingKind[] = [...DEADLY];

export interface Rates {
  readonly poisonRate: number;
  readonly killerRate: number;
  readonly poison: readonly ReadingKind[];
}

export function drawReadings(
  chance: Chance,
  n: number,
  kind: RequestKind,
  keys: readonly string[],
  { poisonRate, killerRate, poison }: Rates,
  knobs: Knobs,
): (attempt: number) => Reading[] {
  if (kind === 'empty' || REFUSED_KINDS.has(kind)) return () => [];
  const large = kind === 'large' && knobs.MESSAGE_BYTES_MAX < 10_000;
  const count = large ? chance.whole(4, 9) : chance.pick([1, 1, 1, 2, 3]);
  const padding = large ? { pad: 'p'.repeat(knobs.MESSAGE_BYTES_MAX / 6) } : {};
  const base = Array.from({ length: count }, (_, s): Reading => {
    const kinds = chance.happens(killerRate) ? KILLERS : chance.happens(poisonRate) ? poison : GOOD;
    const t = chance.pick(kinds);
    return { r: n, s, a: 0, k: chance.pick(keys), t, ...padding };
  });
  if (kind === 'varies') return (attempt) => base.map((reading) => ({ ...reading, a: attempt }));
  if (kind === 'reorders')
    return (attempt) => rotate(base, attempt).map((reading) => ({ ...reading, a: attempt }));
  return () => base;
}

function rotate<T>(list: readonly T[], by: number): T[] {
  const from = by % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}
