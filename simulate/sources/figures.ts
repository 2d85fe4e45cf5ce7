/** What the adaptive limit reaches on sources that are drawn: sums over all seeds, and the share of seeds. */
import { type Drawn, drawSource, type Kind } from './draw-source.ts';
import { runSource, type SourceRun } from './source-world.ts';

export interface SeedFigures {
  readonly seed: number;
  readonly kind: Kind;
  readonly done: number;
  /** What the source could serve in that time: no fixed setting gets more. */
  readonly capacity: number;
  readonly asked: number;
  /** After the first second. */
  readonly refused: number;
  /** Of a seed with a halving: whether it was over two seconds after it. */
  readonly overloadEnded: boolean | undefined;
}

export async function figuresOf(seed: number): Promise<SeedFigures> {
  const drawn = drawSource(seed);
  const run = await runSource(drawn.world);
  const { source, lastsMs } = drawn.world;
  return {
    seed,
    kind: drawn.kind,
    done: run.doneAt.length,
    capacity: source.capacity(lastsMs),
    asked: run.askedAt.length,
    refused: run.refusedAt.filter((at) => at > 1_000).length,
    overloadEnded: overloadEnded(drawn, run),
  };
}

/** A source that counts refuses less than one read in twenty from then on; one that works has no more waiting than before. */
function overloadEnded({ kind, halving: { from } }: Drawn, run: SourceRun): boolean | undefined {
  if (from === Number.POSITIVE_INFINITY) return undefined;
  const [begin, end] = [from + 2_000, from + 7_000];
  const during = (times: readonly number[]) => times.filter((at) => at >= begin && at < end).length;
  if (kind === 'counts') return during(run.refusedAt) <= during(run.askedAt) / 20 + 1;
  const insideOf = (first: number, last: number) => Math.max(...run.inside.slice(first / 100, last / 100));
  return insideOf(begin, end) <= insideOf(from - 5_000, from);
}

export function describeFigures(all: readonly SeedFigures[]): string {
  const kinds = [...new Set(all.map(({ kind }) => kind))].sort();
  const lines = [
    ['all', all] as const,
    ...kinds.map((kind) => [kind, all.filter((one) => one.kind === kind)] as const),
  ];
  return lines.map(([name, some]) => `${name.padEnd(10)} ${lineOf(some)}`).join('\n');
}

function lineOf(some: readonly SeedFigures[]): string {
  const sum = (of: (one: SeedFigures) => number) => some.reduce((total, one) => total + of(one), 0);
  const shares = some.map(({ done, capacity }) => done / capacity).sort((a, b) => a - b);
  const halved = some.filter(({ overloadEnded: ended }) => ended !== undefined);
  const ended = halved.filter((one) => one.overloadEnded).length;
  return [
    `${some.length} seeds`,
    `served ${percent(sum(({ done }) => done) / sum(({ capacity }) => capacity))} of what the source could serve`,
    `(one seed in twenty below ${percent(shares[Math.floor(shares.length / 20)] ?? 0)})`,
    `refused after the first second ${percent(
      sum(({ refused }) => refused) /
        Math.max(
          1,
          sum(({ asked }) => asked),
        ),
    )}`,
    `overload over within 2 s of a halving in ${ended} of ${halved.length}`,
  ].join(', ');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
