/**
 * When a stack is at rest: its source queues are empty, nothing is in flight, no batch is in work, and its streams have
 * been read to their end - and none of that has changed while the last of it was looked at.
 */
import type { Mapping } from './mappings/sqs-mapping.ts';
import type { StreamMapping } from './mappings/stream-mapping.ts';
import type { StackQueue } from './storage/stack-queue.ts';

export interface RestingParts {
  /** The queues that a mapping reads. Dead-letter queues and queues for others may keep their messages. */
  readonly sources: readonly Pick<StackQueue, 'counts'>[];
  readonly mappings: readonly Mapping[];
  readonly streams: readonly StreamMapping[];
  /** Goes up with every call and every invocation. */
  readonly activity: () => number;
  /** When the next wake is due, epoch ms. */
  readonly nextWake?: () => number | undefined;
  readonly now?: () => number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 20;
/** Wakes that are due within this time after everything else is done are waited for; a key may ask for the next one each time. */
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
    // An engine that is slow to answer is asked the less often.
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
