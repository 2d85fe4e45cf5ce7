/**
 * Makes the schedules that a commit asks for. A repeated record makes schedules with the same names, and a key ignores a
 * message that it does not wait for. So the stream may repeat a record any number of times.
 */

import { wakeMessage } from '../commands.ts';
import type { WakeScheduler } from '../ports.ts';
import type { KeyItem } from '../state.ts';

/** Throws if a schedule cannot be made. The stream then repeats the record, and later records of its key wait for it. */
export async function setWakes(
  { key, waking }: KeyItem,
  scheduler: WakeScheduler | undefined,
): Promise<void> {
  if (waking === undefined) return;
  if (scheduler === undefined) {
    throw new Error(
      'a wake was asked for by a build that has `wake`, and this one has none: it waits for a build that has',
    );
  }
  for (const { id, tag, at } of waking.set) {
    const { body, group, deduplicationId } = wakeMessage(key, { id, tag, at });
    await scheduler.set({ id, at, body, group, deduplicationId });
  }
  for (const id of waking.cancel) await scheduler.cancel(id);
}
