/**
 * In some seeds of request order: orders that begin after 1, places that stay empty, and gaps that time out.
 * Only the drawn places change; the rest of the seed stays the same. Requests that can never succeed leave
 * gaps.
 */
import { createChance } from '../world/chance.ts';
import type { Mode, Places } from './mode.ts';
import type { PlannedRequest, Workload } from './sample-requests.ts';

const EVERY = 4;
const FIRST = 2;
const FIRST_PLACE = 57;

export function withGaps(workload: Workload, seed: number): Workload {
  const { mode } = workload;
  if (seed % EVERY !== FIRST || mode.order === 'arrival' || mode.gap === 'wait') return workload;
  const chance = createChance(seed, 17);
  const minutes = chance.pick([1, 5, 30, 180]);
  const begins = chance.pick(['at 1', 'as said', 'as seen'] as const);
  const places = { first: begins === 'at 1' ? 1 : FIRST_PLACE, holes: chance.happens(0.5) };
  const timed: Mode = {
    ...mode,
    gap: 'wait',
    skipAfterMinutes: minutes,
    places,
    ...(begins === 'as seen' ? { firstAfterMinutes: chance.pick([1, 10]) } : {}),
  };
  const requests = workload.requests.map((plan) => ({ ...plan, turn: moved(plan.turn, places) }));
  return { ...workload, mode: timed, requests };
}

type Turn = PlannedRequest['turn'];

function moved(turn: Turn, places: Places): Turn {
  if (turn === undefined) return undefined;
  const { key, sequence: rank } = turn;
  return turnAt(key, placeOf(rank, places), rank === 1 ? places.first - 1 : placeOf(rank - 1, places));
}

/** With holes, every third place stays empty: 57, 58, 60, 61, 63 ... */
function placeOf(rank: number, { first, holes }: Places): number {
  return first + (holes ? 3 * Math.floor((rank - 1) / 2) + ((rank - 1) % 2) : rank - 1);
}

export function isHole(place: number, { first, holes }: Places): boolean {
  return holes && place >= first && (place - first) % 3 === 2;
}

/** The place after the last one taken; 0: none is taken. */
export function turnBehind(
  key: string,
  last: number,
  places: Places = { first: 1, holes: false },
): NonNullable<Turn> {
  const before = Math.max(last, places.first - 1);
  const next = isHole(before + 1, places) ? before + 2 : before + 1;
  return turnAt(key, next, before);
}

function turnAt(key: string, sequence: number, before: number): NonNullable<Turn> {
  return { key, sequence, ...(before === sequence - 1 ? {} : { follows: before }) };
}
