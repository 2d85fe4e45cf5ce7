/**
 * One source that allows 20 reads per second, read in three ways on a virtual clock: a minute takes about a
 * second.
 */
import type { SourceLimits } from '../../../functions/source.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';
import { countingSource } from '../../../simulate/sources/source-model.ts';
import { runSource } from '../../../simulate/sources/source-world.ts';
import { createChance } from '../../../simulate/world/chance.ts';

export interface WayOfReading {
  readonly name: string;
  /** The option as written in the pipeline. */
  readonly option: string;
}

export interface PlayedWay extends WayOfReading {
  /** Reads that the source served and refused, by second from the start. */
  readonly served: readonly number[];
  readonly refused: readonly number[];
  /** Average number of receives of each request that was read. */
  readonly receivesEach: number;
}

export const ALLOWED = 20;
export const SECONDS = 60;
const ENVIRONMENTS = 4;
const NEVER = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };

const WAYS: readonly (WayOfReading & { readonly limits: SourceLimits })[] = [
  { name: 'fixed, 200 at once', option: '{ of, concurrency: 200 }', limits: { concurrency: 200 } },
  { name: 'a limit set by hand', option: '{ of, rate: 20 }', limits: { rate: ALLOWED } },
  { name: 'adaptive', option: "{ of, concurrency: 'adaptive' }", limits: { concurrency: 'adaptive' } },
];

export async function playSources(seed: number): Promise<PlayedWay[]> {
  const played: PlayedWay[] = [];
  for (const { limits, ...way } of WAYS) played.push({ ...way, ...(await play(limits, seed)) });
  return played;
}

/**
 * The same requests and random numbers each time. The source saves up to five reads, and says when to come
 * again.
 */
async function play(limits: SourceLimits, seed: number): Promise<Omit<PlayedWay, keyof WayOfReading>> {
  const clock = createVirtualClock();
  const count = () => undefined;
  const own = { clock, chance: createChance(seed, 11), halving: NEVER, stragglers: false, count };
  const source = countingSource(own, { rate: ALLOWED, burst: 5, meanMs: 100, says: 'whole seconds' });
  const run = await runSource({
    ...{ clock, source, limits, chance: createChance(seed, 12) },
    ...{ environments: ENVIRONMENTS, requests: 2 * ALLOWED * SECONDS, lastsMs: 1000 * SECONDS },
    ...{ deaths: 0, tableFails: 0, count },
  });
  return {
    served: bySecond(run.doneAt),
    refused: bySecond(run.refusedAt),
    receivesEach: run.receives / run.doneAt.length,
  };
}

function bySecond(times: readonly number[]): number[] {
  const counts = new Array<number>(SECONDS).fill(0);
  for (const at of times) {
    const second = Math.floor(at / 1000);
    if (second < SECONDS) counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
