/**
 * What a seed submits: requests of all kinds, for a few keys, some with hostile names, some submitted again under
 * the same id. A request's readings follow from its plan and the attempt alone.
 */
import { REQUEST_ATTRIBUTES } from '../../functions/requests.ts';
import { DEADLY, type Reading, type ReadingKind } from '../oracle/reference.ts';
import type { Chance } from '../world/chance.ts';
import { type Knobs, NO_PAGES } from '../world/knobs.ts';
import type { Mode } from './mode.ts';

export type RequestKind =
  | 'plain'
  | 'large'
  | 'varies'
  | 'reorders'
  | 'empty'
  | 'failsForMinutes'
  | 'fixedLater'
  | 'refusedForNow'
  | 'leavesRejection'
  | 'endsItsFunction'
  | 'notJson'
  | 'wrongSchema'
  | 'refusedByRead'
  | 'unfitReading'
  | 'unfitKey'
  | 'tooLargeReading';

export interface PlannedRequest {
  readonly n: number;
  readonly kind: RequestKind;
  readonly body: string;
  /** Given by the producer; else SQS's message id is the request's. */
  readonly id: string | undefined;
  /** In request order: whose it is, and its place there. Without a place it can have no turn, and must be refused. */
  readonly turn: { readonly key: string; readonly sequence: number } | undefined;
  /** Milliseconds after the start, the first submission and its repeats. */
  readonly submitAt: readonly number[];
  readonly readings: (attempt: number) => Reading[];
  /** The requests that its read submits. */
  readonly submits?: readonly number[];
  /** Those that the write of its first output submits; and how many requests led to it that way. */
  readonly follows?: readonly number[];
  readonly hops?: number;
}

export interface Workload {
  readonly mode: Mode;
  readonly keys: readonly string[];
  readonly requests: readonly PlannedRequest[];
  /** How long the producers go on. */
  readonly spanMs: number;
  /** Whether some reads, readings or initials end the process or never come back: finding those out takes more than three deliveries. */
  readonly deadly: boolean;
  /** Whether an operator looks out for keys that stand still, and skips at once. */
  readonly attended: boolean;
  /** Keys whose initial fails until everything heals, and how. */
  readonly initials: ReadonlyMap<string, ReadingKind>;
  /** How long reads take at most, as a rule. Slow ones make a backlog, and whatever waited in it is a suspect. */
  readonly readMsMax: number;
}

/** Requests that can never work: they must end in the dead-letter queue, all others must take effect. */
export const REFUSED_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'refusedByRead',
  'endsItsFunction',
  'unfitReading',
  'unfitKey',
  'tooLargeReading',
]);
/** What ends its function is drawn by itself: it is never rare by chance, nor in every seed. */
const REFUSED_AS_A_RULE = [...REFUSED_KINDS].filter((kind) => kind !== 'endsItsFunction');
/** Those of which not even the place in the sequence is known, so nobody waits for them. */
const PLACELESS_KINDS: ReadonlySet<RequestKind> = new Set<RequestKind>([
  'notJson',
  'wrongSchema',
  'unfitKey',
]);

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
  // Where keys stop, most of what stops them can be mended, so that there is something to resume for.
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

/** Few: nothing of such a key takes effect while things fail. At most one of them is deadly. */
function drawInitials(chance: Chance, keys: readonly string[]): Map<string, ReadingKind> {
  const initials = new Map<string, ReadingKind>();
  for (const key of keys) if (chance.happens(0.06)) initials.set(key, chance.pick(FAILING_INITIALS));
  if (chance.happens(0.08)) initials.set(chance.pick(keys), chance.pick(KILLERS));
  return initials;
}

/**
 * A repeat beside an operator's word shows most where requests are young, and carry no id that makes them suspects. One that is
 * redriven so early is not looked up in the pages (docs/runbook.md says so), so there are none then.
 */
function isAttended({ order, poison }: Mode, { RECEIPTS_PER_PAGE }: Knobs): boolean {
  return order === 'request' && poison === 'stop' && RECEIPTS_PER_PAGE === NO_PAGES;
}

function drawSpanMs(chance: Chance, attended: boolean): number {
  if (attended && chance.happens(0.6)) return chance.spread(1_000, 4 * MINUTE_MS);
  return chance.happens(0.3) ? chance.spread(HOUR_MS, 8 * HOUR_MS) : chance.spread(1_000, HOUR_MS);
}

/** A key that stops at every other reading would show its operator's patience, not much more. */
function drawPoisonRate(chance: Chance, { poison }: Mode): number {
  if (poison === 'stop') return chance.happens(0.9) ? chance.spread(0.01, 0.1) : 0;
  return chance.happens(0.5) ? chance.spread(0.01, 0.2) : 0;
}

/** Gives the requests of each key their places, 1, 2, 3 ... */
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

export function attributesOf({ id }: PlannedRequest): Record<string, string> {
  return id === undefined ? {} : { [REQUEST_ATTRIBUTES.id]: id };
}

interface Shares {
  readonly largeShare: number;
  readonly lateShare: number;
  readonly strayShare: number;
  readonly endingShare: number;
}

function drawKind(chance: Chance, mode: Mode, shares: Shares): RequestKind {
  const { largeShare, lateShare, strayShare, endingShare } = shares;
  // Where a gap waits, a request that can never work would hold up its key for ever.
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

/** Not JSON at all, or JSON of which a parser drops something without a word. */
function notExactJson(n: number): string {
  return [`{"n":${n},`, `{"n":${n},"amount":${INEXACT}}`, `{"n":${n},"n":${n}}`][n % 3] ?? '';
}

/** A double holds ...992 of it. */
const INEXACT = '9007199254740993.0';

export function dropsSomething(body: string): 'inexactNumber' | 'nameTwice' | undefined {
  if (body.includes(INEXACT)) return 'inexactNumber';
  return /"n":.*"n":/.test(body) ? 'nameTwice' : undefined;
}

/** The number of the request that a body belongs to: the oracle's own way to tell requests apart. */
export function requestOfBody(body: string): number {
  return Number(/^\{"[nm]":(\d+)/.exec(body)?.[1] ?? Number.NaN);
}

const GOOD: readonly ReadingKind[] = [
  ...(['plain', 'plain', 'plain', 'plain', 'inPlace', 'inPlace', 'inPlace'] as const),
  ...(['emits', 'emits', 'emitsMany', 'skips', 'slow'] as const),
];
const POISON: readonly ReadingKind[] = [
  ...(['throws', 'throws', 'throws', 'throwsOddly', 'promises', 'returnsNothing'] as const),
  ...(['makesNaN', 'stateTooLarge', 'outputsTooLarge'] as const),
];

/** The second build can compute them. */
const MENDABLE: readonly ReadingKind[] = ['throws', 'throws', 'throws', 'throws', 'throwsOddly'];
const KILLERS: readonly ReadingKind[] = [...DEADLY];

interface Rates {
  readonly poisonRate: number;
  readonly killerRate: number;
  readonly poison: readonly ReadingKind[];
}

function drawReadings(
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
