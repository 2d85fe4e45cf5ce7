/**
 * The requests of a seed: all kinds, for a few keys, some with hostile names, some submitted again under the
 * same id.
 */
import { DEADLY, type ReadingKind } from '../oracle/reference.ts';
import type { Chance } from '../world/chance.ts';
import { type Knobs, NO_PAGES } from '../world/knobs.ts';
import { drawReadings, KILLERS, MENDABLE, POISON } from './draw-readings.ts';
import type { Mode } from './mode.ts';
import {
  INEXACT,
  PLACELESS_KINDS,
  type PlannedRequest,
  REFUSED_KINDS,
  type RequestKind,
  type Workload,
} from './sample-requests.ts';

const KEYS = [
  'alpha',
  'beta',
  'gamma',
  'delta',
  '__proto__',
  'constructor',
  'a:b',
  'a/1',
  ' ',
  '\u00e9',
  'e\u0301',
  '🌊',
  `sha256:${'0'.repeat(64)}`,
  'k'.repeat(300),
];
const IDS = [
  '__proto__',
  'constructor',
  'toString',
  'a:b',
  'a',
  '\u00e9',
  'e\u0301',
  '🌊',
  ' ',
  'i'.repeat(300),
];
const MEAN_REQUESTS = 45;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export function drawWorkload(chance: Chance, knobs: Knobs, mode: Mode): Workload {
  const plainKeys = chance.happens(0.5);
  const keys = Array.from({ length: chance.whole(1, 5) }, (_, index) =>
    plainKeys ? (KEYS[index] ?? 'alpha') : chance.pick(KEYS),
  );
  const spanMs = drawSpanMs(chance, isAttended(mode, knobs));
  const killerRate = chance.happens(0.15) ? chance.spread(0.005, 0.05) : 0;
  const poisonRate = drawPoisonRate(chance, mode);
  // In seeds whose keys stop, the second build can compute most of the poison, so that a resume succeeds.
  const poison = mode.poison === 'stop' ? [...POISON, ...MENDABLE, ...MENDABLE] : POISON;
  const count = chance.whole(MEAN_REQUESTS - 15, MEAN_REQUESTS + 15);
  const hostileIds = chance.happens(0.3);
  const idShare = chance.pick(isAttended(mode, knobs) ? [0, 0, 0.4, 1] : [0, 0.1, 0.4, 1, 1]);
  const repeatShare = chance.pick([0.1, 0.25, 0.8]);
  const lateShare = chance.pick([0, 0, 0.4]);
  const largeShare = chance.happens(0.2) ? 0.3 : 0.03;
  const disorder = mode.order === 'arrival' ? 1 : chance.pick([0, 0.1, 1]);
  const takeTurn = createTurns(chance, mode, keys);
  const strayShare = chance.happens(0.3) ? 0.1 : 0;
  const endingShare = chance.happens(0.2) ? chance.spread(0.01, 0.08) : 0;
  const requests = Array.from({ length: count }, (_, n) => {
    const id = !chance.happens(idShare) ? undefined : ((hostileIds ? IDS[n] : undefined) ?? `id-${n}`);
    const kind = drawKind(chance, mode, { largeShare, lateShare, strayShare, endingShare });
    const turn = takeTurn(kind);
    const first = spanMs * (disorder * chance.between(0, 1) + (1 - disorder) * (n / count));
    const repeats = id !== undefined && chance.happens(repeatShare) ? chance.whole(1, 2) : 0;
    const again = Array.from({ length: repeats }, () =>
      chance.happens(0.5) ? first + chance.spread(500, 2 * DAY_MS) : chance.between(first, 1.5 * spanMs),
    );
    const own = turn === undefined ? keys : [turn.key];
    return {
      n,
      kind,
      id,
      turn,
      submitAt: [first, ...again],
      body: bodyOf(n, kind),
      readings: drawReadings(chance, n, kind, own, { poisonRate, killerRate, poison }, knobs),
    };
  });
  const readMsMax = chance.pick([200, 5_000, 20_000]);
  const initials = drawInitials(chance, keys);
  const deadly = killerRate > 0 || endingShare > 0 || [...initials.values()].some((kind) => DEADLY.has(kind));
  const attended = isAttended(mode, knobs);
  return { mode, keys: [...new Set(keys)], requests, spanMs, deadly, attended, initials, readMsMax };
}

const FAILING_INITIALS: readonly ReadingKind[] = ['throws', 'returnsNothing', 'makesNaN'];

/**
 * Few keys, because no reading of such a key takes effect while faults last. At most one of them is deadly.
 */
function drawInitials(chance: Chance, keys: readonly string[]): Map<string, ReadingKind> {
  const initials = new Map<string, ReadingKind>();
  for (const key of keys) if (chance.happens(0.06)) initials.set(key, chance.pick(FAILING_INITIALS));
  if (chance.happens(0.08)) initials.set(chance.pick(keys), chance.pick(KILLERS));
  return initials;
}

/**
 * A duplicate next to an operator's word shows most when requests are young and carry no id that makes them
 * suspects. One that is redriven so early is not looked up in the pages (docs/runbook.md says so), so these
 * seeds have no pages.
 */
function isAttended({ order, poison }: Mode, { RECEIPTS_PER_PAGE }: Knobs): boolean {
  return order === 'request' && poison === 'stop' && RECEIPTS_PER_PAGE === NO_PAGES;
}

function drawSpanMs(chance: Chance, attended: boolean): number {
  if (attended && chance.happens(0.6)) return chance.spread(1_000, 4 * MINUTE_MS);
  return chance.happens(0.3) ? chance.spread(HOUR_MS, 8 * HOUR_MS) : chance.spread(1_000, HOUR_MS);
}

/** A key that stops at every second reading would mostly repeat the same operator's word. */
function drawPoisonRate(chance: Chance, { poison }: Mode): number {
  if (poison === 'stop') return chance.happens(0.9) ? chance.spread(0.01, 0.1) : 0;
  return chance.happens(0.5) ? chance.spread(0.01, 0.2) : 0;
}

/** Gives the requests of each key their places: 1, 2, 3 ... */
function createTurns(chance: Chance, { order }: Mode, keys: readonly string[]) {
  const last = new Map<string, number>();
  return (kind: RequestKind): PlannedRequest['turn'] => {
    if (order === 'arrival' || PLACELESS_KINDS.has(kind)) return undefined;
    const key = chance.pick(keys);
    const sequence = (last.get(key) ?? 0) + 1;
    last.set(key, sequence);
    return { key, sequence };
  };
}

/**
 * The kind that ends its function is drawn separately, so that it is neither rare by chance nor in every
 * seed.
 */
const REFUSED_AS_A_RULE = [...REFUSED_KINDS].filter((kind) => kind !== 'endsItsFunction');
interface Shares {
  readonly largeShare: number;
  readonly lateShare: number;
  readonly strayShare: number;
  readonly endingShare: number;
}

function drawKind(chance: Chance, mode: Mode, shares: Shares): RequestKind {
  const { largeShare, lateShare, strayShare, endingShare } = shares;
  // If gaps wait, a request that can never succeed would block its key forever.
  if (mode.gap === 'skip' && chance.happens(endingShare)) return 'endsItsFunction';
  if (chance.happens(strayShare)) return 'leavesRejection';
  if (chance.happens(largeShare)) return 'large';
  if (chance.happens(lateShare)) return 'failsForMinutes';
  if (chance.happens(0.8)) return 'plain';
  if (chance.happens(0.75))
    return chance.pick(['varies', 'reorders', 'empty', 'fixedLater', 'refusedForNow']);
  const kind = chance.pick(REFUSED_AS_A_RULE);
  const blocks = mode.order === 'request' && mode.gap === 'wait' && !PLACELESS_KINDS.has(kind);
  return blocks ? 'refusedForNow' : kind;
}

function bodyOf(n: number, kind: RequestKind): string {
  if (kind === 'notJson') return notExactJson(n);
  if (kind === 'wrongSchema') return `{"m":${n}}`;
  return `{"n":${n}}`;
}

/** Not JSON, or JSON of which a parser silently drops something. */
function notExactJson(n: number): string {
  return [`{"n":${n},`, `{"n":${n},"amount":${INEXACT}}`, `{"n":${n},"n":${n}}`][n % 3] ?? '';
}
