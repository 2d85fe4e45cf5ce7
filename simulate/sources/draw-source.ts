/** The source and the readers of a seed. */
import type { SourceLimits } from '../../functions/source.ts';
import { createVirtualClock, type VirtualClock } from '../../model/virtual-clock.ts';
import { type Chance, createChance } from '../world/chance.ts';
import {
  countingSource,
  type Halving,
  type Saying,
  type SourceModel,
  workingSource,
} from './source-model.ts';
import type { SourceWorld } from './source-run.ts';

export type Kind = 'counts' | 'works' | 'collapses';

export interface Drawn {
  readonly world: SourceWorld;
  readonly kind: Kind;
  readonly halving: Halving;
  readonly bears: Bears;
}

/** Reads a second, or at once, while it is not halved. */
type Bears = { readonly rate: number } | { readonly atOnce: number };

const LASTS_MS = 120_000;
const NEVER: Halving = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const SAYINGS = ['nothing', 'the truth', 'whole seconds', 'too little', 'too much'] as const;

export function drawSource(seed: number, limits: SourceLimits = { concurrency: 'adaptive' }): Drawn {
  const chance = createChance(seed, 11);
  const clock = createVirtualClock();
  const kind = chance.pick<Kind>(['counts', 'works', 'collapses']);
  const halving = chance.happens(0.4) ? { from: 40_000, to: 70_000 } : NEVER;
  const says = chance.pick<Saying>(SAYINGS);
  const { source, bears } = makeSource(kind, says, clock, chance, halving);
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
  };
  return { world, kind, halving, bears };
}

function makeSource(
  kind: Kind,
  says: Saying,
  clock: VirtualClock,
  chance: Chance,
  halving: Halving,
): { readonly source: SourceModel; readonly bears: Bears } {
  const own = { clock, chance, halving, stragglers: false };
  const meanMs = Math.round(chance.spread(30, 300));
  if (kind === 'counts') {
    const rate = Math.round(chance.spread(10, 60));
    const burst = chance.pick([1, 5, rate, 2 * rate]);
    return { source: countingSource(own, { rate, burst, meanMs, says }), bears: { rate } };
  }
  const servers = chance.whole(2, 8);
  const collapses = kind === 'collapses';
  return { source: workingSource(own, { servers, meanMs, collapses }), bears: { atOnce: servers } };
}
