/**
 * A stack is at rest when its source queues are empty, nothing is in flight, no batch is in work, its streams
 * have been read to their end, and none of this changed during the last check.
 */
import type { Mapping } from './mappings/sqs-mapping.ts';
import type { StreamMapping } from './mappings/stream-mapping.ts';
import type { StackQueue } from './storage/stack-queue.ts';

export interface RestingParts {
  /** The queues that a mapping reads. Dead-letter queues and queues for others may keep their messages. */
  readonly sources: readonly Pick<StackQueue, 'counts'>[];
  readonly mappings: readonly Mapping[];
  readonly streams: readonly StreamMapping[];
  /** Number of calls and invocations so far. */
  readonly activity: () => number;
  /** Epoch ms at which the next wake is due. */
  readonly nextWake?: () => number | undefined;
  readonly now?: () => number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 20;
/**
 * How long the run waits for wakes after everything else is done. Within this time a key may ask for one wake
 * after the other.
 */
const WAKES_WAIT_MS = 15_000;

export async function untilAtRest(parts: RestingParts): Promise<void> {
  const { nextWake = () => undefined, now = () => 0 } = parts;
  let wakesUntil: number | undefined;
  const isWaitingForWake = () => {
    wakesUntil ??= now() + WAKES_WAIT_MS;
    return (nextWake() ?? Number.POSITIVE_INFINITY) <= wakesUntil;
  };
  for (;;) {
    assertRunning(parts.signal);
    const began = performance.now();
    const before = parts.activity();
    if (await isQuiet(parts)) {
      await Promise.all(parts.streams.map((stream) => stream.drained()));
      assertRunning(parts.signal);
      if ((await isQuiet(parts)) && parts.activity() === before && !isWaitingForWake()) return;
    }
    // An engine that answers slowly is asked less often.
    const tookMs = performance.now() - began;
    await new Promise((resolve) => setTimeout(resolve, Math.max(LOOK_EVERY_MS, tookMs)));
  }
}

async function isQuiet({ sources, mappings, streams }: RestingParts): Promise<boolean> {
  if ([...mappings, ...streams].some(({ busy }) => busy)) return false;
  const counts = await Promise.all(sources.map((queue) => queue.counts()));
  return counts.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0);
}

function assertRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new Error('the stack was stopped before it was at rest');
}
