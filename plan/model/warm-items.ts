/**
 * What a compute does before it folds a key: nothing if its environment holds the key's newest item, else a load. An
 * environment that holds an older item learns it from a write that fails, unless it has come to doubt its items
 * (functions/compute/doubt.ts).
 */
import { createDoubt, type Doubt } from '../../functions/compute/doubt.ts';
import type { Random } from '../../functions/ports.ts';

export interface WarmItems {
  begin(environment: number, key: number): 'warm' | 'load' | 'conflict';
}

/** `cachedKeys`: how many items all environments together can hold. */
export function createWarmItems(cachedKeys: number, random: Random): WarmItems {
  const newest = new Map<number, number>();
  const environments = new Map<number, { readonly held: Set<number>; readonly doubt: Doubt }>();
  return {
    begin(number, key) {
      const own = environments.get(number) ?? { held: new Set<number>(), doubt: createDoubt() };
      environments.set(number, own);
      const { held, doubt } = own;
      const isHeld = held.has(key) && random() < cachedKeys / newest.size;
      const isStale = newest.get(key) !== number;
      newest.set(key, number);
      held.add(key);
      if (!isHeld) return 'load';
      const believed = !doubt.doubtful;
      doubt.learn(isStale);
      if (!believed) return 'load';
      return isStale ? 'conflict' : 'warm';
    },
  };
}
