/**
 * The table through which environments share a source: it may be slow, refuse calls, not answer for a while,
 * or lose the item.
 */
import { NEW_SOURCE, type SharedSource } from '../../functions/reader/gate/shared-source.ts';
import type { SourceWorld } from './source-run.ts';

export type SourceTable = ReturnType<typeof createTable>;

type TableWorld = Pick<SourceWorld, 'clock' | 'chance' | 'count' | 'tableFails' | 'tableOut' | 'itemLost'>;

export function createTable({ clock, chance, count, tableFails, tableOut = [0, 0], itemLost }: TableWorld) {
  const start = clock.now();
  let item: SharedSource | undefined;
  if (itemLost !== undefined)
    clock.later(itemLost, () => {
      item = undefined;
      count('item lost');
    });
  let writes = 0;
  const call = async <T>(land: () => T): Promise<T> => {
    await clock.sleep(chance.between(2, 8));
    const at = clock.now() - start;
    if (at >= tableOut[0] && at < tableOut[1]) {
      count('table gave no answer');
      await clock.sleep(30_000);
    }
    if (chance.happens(tableFails)) {
      count('table refused a call');
      throw new Error('the table refused the call');
    }
    const answer = land();
    await clock.sleep(chance.between(1, 3));
    return answer;
  };
  return {
    writes: () => writes,
    load: () => call(() => item),
    swap: (after: SharedSource) =>
      call((): SharedSource | 'swapped' => {
        writes += 1;
        const current = item ?? NEW_SOURCE;
        if (current.version !== after.version - 1) return current;
        item = after;
        return 'swapped';
      }),
  };
}
