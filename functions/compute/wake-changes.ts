/**
 * The wakes and the timer of a commit, and the schedules that the writer must make or delete: the difference from the
 * previous item.
 */
import { defined } from '../defined.ts';
import { TIMER_TAG } from '../readings.ts';
import type { GapTimer, KeyItem, PendingWake, WakeChanges } from '../state.ts';

interface Scheduled {
  readonly wakes?: readonly PendingWake[] | undefined;
  readonly gapTimer?: GapTimer | undefined;
}

/** `arrived`: ids of the wakes whose messages the commit takes in. Their schedules have run and no longer exist. */
export function withChanges(
  { wakes, gapTimer }: Scheduled,
  before: Scheduled | undefined,
  arrived: ReadonlySet<string>,
): Pick<KeyItem, 'wakes' | 'gapTimer' | 'waking'> {
  const now = listOf({ wakes, gapTimer });
  const earlier = listOf(before ?? {});
  const isIn = (list: readonly Pick<PendingWake, 'id'>[], id: string) => list.some((one) => one.id === id);
  const waking: WakeChanges = {
    set: now.filter(({ id }) => !isIn(earlier, id)).map(({ id, tag, from }) => ({ id, tag, at: from })),
    cancel: earlier
      .filter(({ id, spent }) => spent === undefined && !isIn(now, id) && !arrived.has(id))
      .map(({ id }) => id),
  };
  const none = waking.set.length + waking.cancel.length === 0;
  return defined({ wakes, gapTimer, waking: none ? undefined : waking });
}

function listOf({ wakes = [], gapTimer }: Scheduled): readonly Omit<PendingWake, 'at'>[] {
  return gapTimer === undefined ? wakes : [...wakes, { ...gapTimer, tag: TIMER_TAG }];
}
