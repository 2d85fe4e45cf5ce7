/**
 * When a stack is at rest: its source queues are empty, nothing is in flight, no function runs, and its streams have
 * been read to their end - and none of that has changed while the last of it was looked at.
 */
import type { LocalFunction } from './function.ts';
import type { Queue } from './sqs/types.ts';
import type { Mapping } from './sqs-mapping.ts';
import type { StreamMapping } from './stream-mapping.ts';

export interface RestingParts {
  /** The queues that a mapping reads. Dead-letter queues and queues for others may keep their messages. */
  readonly sources: readonly Pick<Queue, 'counts'>[];
  readonly functions: readonly LocalFunction[];
  readonly mappings: readonly Mapping[];
  readonly streams: readonly StreamMapping[];
  /** Goes up with every call and every invocation. */
  readonly activity: () => number;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 20;

export async function untilAtRest(parts: RestingParts): Promise<void> {
  for (;;) {
    while (!isQuiet(parts)) {
      assertRunning(parts.signal);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const before = parts.activity();
    await Promise.all(parts.streams.map((stream) => stream.drained()));
    assertRunning(parts.signal);
    if (isQuiet(parts) && parts.activity() === before) return;
  }
}

function isQuiet({ sources, functions, mappings, streams }: RestingParts): boolean {
  return (
    functions.every(({ running }) => running === 0) &&
    [...mappings, ...streams].every(({ busy }) => !busy) &&
    sources.every((queue) => {
      const { visible, inFlight, delayed } = queue.counts();
      return visible + inFlight + delayed === 0;
    })
  );
}

function assertRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new Error('the stack was stopped before it was at rest');
}
