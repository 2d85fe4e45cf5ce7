/** The source and the readers of a seed. */
import type { SourceLimits } from '../../functions/source.ts';
import { createVirtualClock } from '../../model/virtual-clock.ts';
import { createChance } from '../world/chance.ts';
import type { CountFault } from './fault-counts.ts';
import { ROUND_UP, SAY_NOTHING, type Saying } from './retry-after.ts';
import { countingSource, type Halving, type SourceModel, workingSource } from './source-model.ts';
import type { SourceWorld } from './source-run.ts';

export type Kind = 'counts' | 'works' | 'collapses';

export interface Drawn {
  readonly world: SourceWorld;
  readonly kind: Kind;
  readonly halving: Halving;
  readonly bears: Bears;
}

/** Reads per second, or reads at once and the mean time of one, while the source is not halved. */
type Bears = { readonly rate: number } | { readonly atOnce: number; readonly meanMs: number };

const LASTS_MS = 120_000;
const NEVER: Halving = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
/**
 * A wait of a year is trusted for a day, so nothing could be measured after it; closed-course.ts covers it.
 */
const SAYINGS = [SAY_NOTHING, ['the truth'], ROUND_UP, ['too little'], ['too much']] as const;

export function drawSource(
  seed: number,
  count: CountFault,
  limits: SourceLimits = { concurrency: 'adaptive' },
): Drawn {
  const chance = createChance(seed, 11);
  const clock = createVirtualClock();
  const kind = chance.pick<Kind>(['counts', 'works', 'collapses']);
  const halving = chance.happens(0.4) ? { from: 40_000, to: 70_000 } : NEVER;
  if (halving !== NEVER) count('source halved');
  const rare = createChance(seed, 13);
  const says = rare.pick<Saying>(chance.pick(SAYINGS));
  const { source, bears } = makeSource(kind, says, { clock, chance, halving, stragglers: false, count });
  const world: SourceWorld = {
    clock,
    chance: createChance(seed, 12),
    source,
    limits,
    environments: chance.whole(1, 4),
    requests: Math.ceil(source.capacity(LASTS_MS) * 1.2),
    lastsMs: LASTS_MS,
    deaths: chance.happens(0.3) ? 0.05 : 0,
    tableFails: chance.happens(0.2) ? 0.01 : 0,
    stills: rare.happens(0.1) ? 0.02 : 0,
    hitches: rare.happens(0.1) ? 1 : 0,
    count,
  };
  return { world, kind, halving, bears };
}

function makeSource(
  kind: Kind,
  says: Saying,
  own: Parameters<typeof countingSource>[0],
): { readonly source: SourceModel; readonly bears: Bears } {
  const { chance } = own;
  const meanMs = Math.round(chance.spread(30, 300));
  if (kind === 'counts') {
    const rate = Math.round(chance.spread(10, 60));
    const burst = chance.pick([1, 5, rate, 2 * rate]);
    return { source: countingSource(own, { rate, burst, meanMs, says }), bears: { rate } };
  }
  const servers = chance.whole(2, 8);
  const collapses = kind === 'collapses';
  return { source: workingSource(own, { servers, meanMs, collapses }), bears: { atOnce: servers, meanMs } };
}
