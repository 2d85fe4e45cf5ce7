/** Plants one bug after the other and counts how many seeds find it. */
import { runCampaign } from './campaign.ts';
import type { Mutant } from './mutants/mutant.ts';

export interface Caught {
  readonly name: string;
  readonly caught: boolean;
  readonly firstSeed: number | undefined;
  /** Share of the sampled seeds that found it. */
  readonly rate: number;
  /** The invariants that were broken, most often first. */
  readonly by: readonly string[];
}

/** As many seeds give the rate; a bug that none of them finds is given more, up to the bound that is promised. */
export const RATE_SAMPLE = 60;
const SEEDS_MAX = 2_000;

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

async function tryMutant({ name, file, find, replace }: Mutant, sample: number): Promise<Caught> {
  const patches = [{ file, find, replace }];
  let campaign = await runCampaign({ from: 1, seeds: sample, workers: 1, patches });
  let failures = campaign.failed.length + campaign.broken.length;
  let seeds = sample;
  if (failures === 0) {
    campaign = await runCampaign({
      from: sample + 1,
      seeds: SEEDS_MAX - sample,
      workers: 1,
      patches,
      failuresMax: 1,
    });
    failures = campaign.failed.length + campaign.broken.length;
    seeds += campaign.seeds;
  }
  const found = [...campaign.failed, ...campaign.broken].map(({ seed }) => seed);
  return {
    name,
    caught: failures > 0,
    firstSeed: failures > 0 ? Math.min(...found) : undefined,
    rate: failures / seeds,
    by: mostFrequent(campaign.failed.flatMap(({ violations }) => violations[0]?.invariant ?? [])),
  };
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
