/** Where the second build has another state: keys whose migration fails until everything heals, and how. */

import type { ReadingKind } from '../oracle/reference.ts';
import { createChance } from '../world/chance.ts';
import { isOfAnotherState } from '../world/second-build.ts';
import { KILLERS } from './draw-readings.ts';
import type { Workload } from './sample-requests.ts';

const FAILING: readonly ReadingKind[] = ['throws', 'throws', 'returnsNothing', 'makesNaN'];

export function withMigrations(workload: Workload, seed: number): Workload {
  // Partials are migrated, too: what fails over those is their readings' matter.
  if (!isOfAnotherState(seed) || workload.mode.merges) return workload;
  const chance = createChance(seed, 20);
  const migrations = new Map<string, ReadingKind>();
  for (const key of workload.keys) if (chance.happens(0.3)) migrations.set(key, chance.pick(FAILING));
  const deadly = chance.happens(0.2);
  if (deadly) migrations.set(chance.pick(workload.keys), chance.pick(KILLERS));
  return { ...workload, migrations, deadly: workload.deadly || deadly };
}
