/** Takes the readings of a read one by one, while there is time and memory for more. */
import { openGiven } from '../given.ts';
import type { Collection } from '../pack.ts';
import type { Clock } from '../ports.ts';
import type { Share } from './budget.ts';

interface CollectPorts {
  /** Aborted when the time is up. No further reading is taken then, and a generator is closed. */
  readonly signal: AbortSignal;
  readonly share: Share;
  readonly clock: Clock;
}

/** Memory is requested in steps of this size, not for each reading. */
const STEP_BYTES = 64 * 1024;
/** An iterator that never waits would block everything else, even its deadline. So it must yield after this many readings. */
const READINGS_AT_A_TIME = 1_000;

export async function collect(
  given: unknown,
  collection: Collection,
  { signal, share, clock }: CollectPorts,
): Promise<void> {
  const source = openGiven(given);
  signal.addEventListener('abort', source.close);
  let closed = false;
  try {
    for (;;) {
      const coming = source.next();
      const next = 'then' in coming ? await coming : coming;
      if (signal.aborted) throw signal.reason;
      if (next.done === true) {
        closed = true;
        return;
      }
      collection.add(next.value);
      const room = share.grow(Math.ceil(collection.bytes / STEP_BYTES) * STEP_BYTES);
      if (room !== undefined) await room;
      if (collection.readings % READINGS_AT_A_TIME === 0) await clock.sleep(0);
      if (signal.aborted) throw signal.reason;
    }
  } finally {
    signal.removeEventListener('abort', source.close);
    if (!closed) source.close();
  }
}
