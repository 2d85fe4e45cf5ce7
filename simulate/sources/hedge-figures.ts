/** The effect of second attempts on a source where one read in a hundred takes ten times as long. */
import { createHedges, type Hedges } from '../../functions/reader/gate/hedges.ts';
import { createVirtualClock } from '../../model/virtual-clock.ts';
import { createChance } from '../world/chance.ts';
import type { CountFault } from './fault-counts.ts';
import { type Halving, workingSource } from './source-model.ts';
import type { SourceRun } from './source-run.ts';
import { runSource } from './source-world.ts';

export interface HedgeFigures {
  /** 99th percentile of the read times, in ms. */
  readonly p99: number;
  readonly p99Hedged: number;
  /** Attempts that the source received, and reads that succeeded. */
  readonly asked: number;
  readonly done: number;
}

export const AT_ONCE = 30;
const NEVER: Halving = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

export async function hedgeFigures(seed: number, count: CountFault): Promise<HedgeFigures> {
  const plain = await runStraggling({ seed, count }, undefined);
  const hedged = await runStraggling({ seed, count }, createHedges());
  return {
    p99: p99Of(plain.run),
    p99Hedged: p99Of(hedged.run),
    asked: hedged.asked,
    done: hedged.run.doneAt.length,
  };
}

/** `halving`: halving the source makes all reads slow. */
export async function runStraggling(
  { seed, count }: { readonly seed: number; readonly count: CountFault },
  hedges: Hedges | undefined,
  halving: Halving = NEVER,
) {
  const clock = createVirtualClock();
  const own = { clock, chance: createChance(seed, 11), halving, stragglers: true, count };
  // As many places as reads at once, so that only stragglers are measured, not reads that wait for each
  // other.
  const source = workingSource(own, { servers: AT_ONCE, meanMs: 200, collapses: false });
  const parts = { environments: 1, requests: 4_000, lastsMs: 60_000, deaths: 0, tableFails: 0 };
  const limits = { concurrency: AT_ONCE };
  const run = await runSource({
    ...{ clock, source, limits, count, chance: createChance(seed, 12) },
    ...parts,
    ...(hedges === undefined ? {} : { hedges }),
  });
  return { run, asked: source.counts.asked };
}

function p99Of({ readMs }: SourceRun): number {
  const sorted = readMs.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}
