/**
 * The best result of a fixed setting on the source of a seed, found by trying settings around the source's
 * capacity.
 */
import type { SourceLimits } from '../../functions/source.ts';
import { type Drawn, drawSource } from './draw-source.ts';
import { runSource } from './source-world.ts';

export interface Fixed {
  readonly limits: SourceLimits;
  readonly done: number;
}

/**
 * Shares of the rate that a counting source allows, and reads at once beyond the places of a working source.
 */
const RATES = [0.9, 0.95, 0.98, 1];
const MORE_AT_ONCE = [0, 1, 2, 4];

export async function bestFixed(seed: number, { bears }: Drawn): Promise<Fixed> {
  const settings: readonly SourceLimits[] =
    'rate' in bears
      ? RATES.map((share) => ({ rate: bears.rate * share }))
      : MORE_AT_ONCE.map((more) => ({ concurrency: bears.atOnce + more }));
  const tried: Fixed[] = [];
  for (const limits of settings) {
    const run = await runSource(drawSource(seed, () => undefined, limits).world);
    tried.push({ limits, done: run.doneAt.length });
  }
  return tried.reduce((best, one) => (one.done > best.done ? one : best));
}
