/** The wakes of a commit, and what its writer has to ask of the scheduler: the difference to those of the item before. */
import type { KeyItem, PendingWake, WakeChanges } from '../state.ts';

type Wakes = readonly PendingWake[];

/** `arrived`: ids of wakes whose messages the commit takes in. Their schedules have come and are gone. */
export function withChanges(
  wakes: Wakes | undefined,
  before: Wakes,
  arrived: ReadonlySet<string>,
): Pick<KeyItem, 'wakes' | 'waking'> {
  if (wakes === undefined) return {};
  const isIn = (list: Wakes, id: string) => list.some((wake) => wake.id === id);
  const waking: WakeChanges = {
    set: wakes.filter(({ id }) => !isIn(before, id)).map(({ id, tag, from }) => ({ id, tag, at: from })),
    cancel: before
      .filter(({ id, spent }) => spent === undefined && !isIn(wakes, id) && !arrived.has(id))
      .map(({ id }) => id),
  };
  return waking.set.length + waking.cancel.length === 0 ? { wakes } : { wakes, waking };
}
