/** When effects became durable, from the functions' observations of their commits. */
import type { Observation } from '../../functions/ports.ts';
import type { Effect } from '../measurement.ts';

/** A commit makes the effects of the previous fold of the same environment and key durable. */
export function effectsOf(
  observations: readonly (Observation & { readonly environment: number })[],
  startedAt: number,
): Effect[] {
  const folded = new Map<string, number>();
  const effects: Effect[] = [];
  for (const observation of observations) {
    if (observation.kind !== 'compute' && observation.kind !== 'commit') continue;
    const place = `${observation.environment} ${observation.key}`;
    if (observation.kind === 'compute') folded.set(place, observation.readings);
    else if (observation.outcome === 'committed') {
      effects.push({ atMs: observation.end - startedAt, readings: folded.get(place) ?? 0 });
    }
  }
  return effects;
}
