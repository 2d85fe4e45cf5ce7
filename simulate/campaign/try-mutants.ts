/** Plants one bug after another and counts the seeds that find it. */

import { firstSeeds } from '../mutants/first-seeds.ts';
import type { Mutant } from '../mutants/mutant.ts';
import { runCampaign } from './campaign.ts';

export interface Caught {
  readonly name: string;
  readonly caught: boolean;
  readonly firstSeed: number | undefined;
  /**
   * Share of the seeds that found it, and the number of seeds run: the sample, or those up to the first that
   * found it.
   */
  readonly rate: number;
  readonly seeds: number;
  /** The invariants that were broken, most frequent first. */
  readonly by: readonly string[];
}

/** Seeds that determine the rate. A bug that none of them finds gets more, up to SEEDS_MAX. */
export const RATE_SAMPLE = 60;
const SEEDS_MAX = 2_000;

/**
 * Without a sample, each bug is only caught: by the seed that found it last time, else by the first one that
 * does.
 */
export async function tryMutants(
  mutants: readonly Mutant[],
  workers: number,
  sample: number,
  report: (caught: Caught) => void = () => {},
): Promise<Caught[]> {
  const results: Caught[] = [];
  const waiting = [...mutants];
  async function work(): Promise<void> {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const result = await tryMutant(mutant, sample);
      results.push(result);
      report(result);
    }
  }
  await Promise.all(Array.from({ length: workers }, work));
  return results.sort((a, b) => a.rate - b.rate);
}

async function tryMutant({ name, ...patch }: Mutant, sample: number): Promise<Caught> {
  const rest = { from: sample + 1, seeds: Math.max(0, SEEDS_MAX - sample), failuresMax: 1 };
  const first = sample > 0 ? { from: 1, seeds: sample } : { from: firstSeeds[name] ?? 1, seeds: 1 };
  let seeds = 0;
  for (const range of [first, rest]) {
    const campaign = await runCampaign({ ...range, workers: 1, until: 'first violation', patches: [patch] });
    const found = [...campaign.failed, ...campaign.broken].map((run) => run.seed);
    seeds += campaign.seeds;
    if (found.length === 0) continue;
    const by = mostFrequent(campaign.failed.flatMap(({ violations }) => violations[0]?.invariant ?? []));
    return {
      name,
      caught: true,
      firstSeed: Math.min(...found),
      rate: found.length / Math.max(1, seeds),
      seeds,
      by,
    };
  }
  return { name, caught: false, firstSeed: undefined, rate: 0, seeds, by: [] };
}

function mostFrequent(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

export function showCaught({ name, caught, firstSeed, rate, by }: Caught): string {
  const percent = `${(100 * rate).toFixed(rate < 0.01 ? 2 : 0)} %`;
  return `${name.padEnd(34)} ${caught ? `${percent.padStart(7)} of seeds, first ${String(firstSeed).padStart(4)}  ${by.slice(0, 3).join(', ')}` : 'NOT CAUGHT'}`;
}
