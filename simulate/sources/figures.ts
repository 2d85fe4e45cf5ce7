/**
 * The results of the adaptive limit on drawn sources, compared with the best fixed setting for each, and the
 * fate of requests.
 */
import { bestFixed } from './best-fixed.ts';
import { closedFigures } from './closed-course.ts';
import { drawSource, type Kind } from './draw-source.ts';
import { createFaultCounter, FAULTS, type FaultCounts } from './fault-counts.ts';
import { type HedgeFigures, hedgeFigures } from './hedge-figures.ts';
import { overloadEnded, quickestMs, SOON_MS } from './overload.ts';
import { runSource } from './source-world.ts';

export interface SeedFigures {
  readonly seed: number;
  readonly kind: Kind;
  readonly done: number;
  /** Successful reads with the best fixed setting. */
  readonly best: number;
  readonly asked: number;
  /** Reads that were refused after the first second. */
  readonly refused: number;
  /** For a seed with a halving: whether the overload had ended two seconds later. */
  readonly overloadEnded: boolean | undefined;
  /** For a seed with a halving: see overload.ts. */
  readonly quickestMs: number | undefined;
  /** Requests of a source that was closed for long: see closed-course.ts. */
  readonly closed: {
    readonly read: number;
    readonly deadTooSoon: number;
    readonly problems: readonly string[];
  };
  /** Set for one seed in ten. */
  readonly hedged: HedgeFigures | undefined;
  readonly faults: FaultCounts;
}

const HEDGED_EVERY = 10;

export async function figuresOf(seed: number): Promise<SeedFigures> {
  const { counts: faults, count } = createFaultCounter();
  const drawn = drawSource(seed, count);
  const run = await runSource(drawn.world);
  return {
    seed,
    kind: drawn.kind,
    done: run.doneAt.length,
    best: (await bestFixed(seed, drawn)).done,
    asked: run.askedAt.length,
    refused: run.refusedAt.filter((at) => at > 1_000).length,
    overloadEnded: overloadEnded(drawn, run),
    quickestMs: quickestMs(drawn, run),
    closed: await closedFigures(seed, count),
    hedged: seed % HEDGED_EVERY === 0 ? await hedgeFigures(seed, count) : undefined,
    faults,
  };
}

export interface Figure {
  readonly name: string;
  readonly target: string;
  readonly reached: string;
  readonly isMet: boolean;
}

/** Over all seeds. */
function hedgeFiguresOf(seeds: readonly SeedFigures[]): Figure[] {
  const all = seeds.flatMap(({ hedged }) => (hedged === undefined ? [] : [hedged]));
  if (all.length === 0) return [];
  const sum = (of: (one: HedgeFigures) => number) => all.reduce((total, one) => total + of(one), 0);
  const fall = 1 - sum(({ p99Hedged }) => p99Hedged) / sum(({ p99 }) => p99);
  const more = sum(({ asked }) => asked) / sum(({ done }) => done) - 1;
  return [
    {
      name: `p99 falls by second attempts, one straggler in a hundred (${all.length})`,
      target: '>= 40.00 %',
      reached: percent(fall),
      isMet: fall >= 0.4,
    },
    { name: 'more reads by them', target: '<= 2.00 %', reached: percent(more), isMet: more <= 0.02 },
  ];
}

const GOODPUT = 0.95;
const REFUSED = 0.01;

export function figuresFor(all: readonly SeedFigures[]): Figure[] {
  const of = (kind: Kind) => all.filter((one) => one.kind === kind);
  const counts = of('counts');
  const halved = all.filter(({ overloadEnded: ended }) => ended !== undefined);
  const ended = halved.filter((one) => one.overloadEnded).length;
  const missed = halved.filter((one) => !one.overloadEnded && (one.quickestMs ?? 0) <= SOON_MS).length;
  const refused = share(counts, 'refused', 'asked');
  return [
    goodput('all', all),
    goodput('sources that refuse', counts),
    goodput('sources that let reads wait', of('works')),
    goodput('sources that collapse', of('collapses')),
    {
      name: `refused after the first second (${counts.length} sources that refuse)`,
      target: `<= ${percent(REFUSED)}`,
      reached: percent(refused),
      isMet: refused <= REFUSED,
    },
    {
      name: 'overload over 2 s after a halving',
      target: `${halved.length}`,
      reached: `${ended}`,
      isMet: ended === halved.length,
    },
    {
      name: 'no limiter could have ended it by then',
      target: 'any',
      reached: `${halved.filter((one) => (one.quickestMs ?? 0) > SOON_MS).length}`,
      isMet: true,
    },
    {
      name: 'missed, although the quickest limiter would have ended it',
      target: '0',
      reached: `${missed}`,
      isMet: missed === 0,
    },
    ...hedgeFiguresOf(all),
    ...closedFiguresOf(all),
  ];
}

function closedFiguresOf(all: readonly SeedFigures[]): Figure[] {
  const sum = (of: (one: SeedFigures) => number) => all.reduce((total, one) => total + of(one), 0);
  const tooSoon = sum(({ closed }) => closed.deadTooSoon);
  const problems = sum(({ closed }) => closed.problems.length);
  const read = sum(({ closed }) => closed.read);
  return [
    {
      name: `dead-lettered by a closed source within its retention (${read} requests read)`,
      target: '0',
      reached: `${tooSoon}`,
      isMet: tooSoon === 0,
    },
    {
      name: 'closed sources that lost a request, or left or asked too long',
      target: '0',
      reached: `${problems}`,
      isMet: problems === 0,
    },
  ];
}

/** How often each fault struck; those that never did are last, with 0. */
export function tableOfFaults(counts: FaultCounts): string {
  const rows = Object.entries({ ...Object.fromEntries(FAULTS.map((fault) => [fault, 0])), ...counts });
  const width = Math.max(...rows.map(([fault]) => fault.length));
  return rows
    .toSorted(([, a], [, b]) => b - a)
    .map(([fault, number]) => `${fault.padEnd(width)}  ${number}`)
    .join('\n');
}

function goodput(name: string, some: readonly SeedFigures[]): Figure {
  const reached = share(some, 'done', 'best');
  return {
    name: `served, of the best fixed setting: ${name} (${some.length})`,
    target: `>= ${percent(GOODPUT)}`,
    reached: percent(reached),
    isMet: reached >= GOODPUT,
  };
}

type Count = 'done' | 'best' | 'asked' | 'refused';

function share(some: readonly SeedFigures[], part: Count, whole: Count): number {
  const sum = (of: Count) => some.reduce((total, one) => total + one[of], 0);
  return some.length === 0 ? Number(part === 'done') : sum(part) / Math.max(1, sum(whole));
}

export function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

export function tableOf(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map(
      ({ name, target, reached, isMet }) =>
        `${name.padEnd(width)}  ${target.padEnd(10)} ${reached.padEnd(10)} ${isMet ? 'met' : 'MISSED'}`,
    )
    .join('\n');
}
