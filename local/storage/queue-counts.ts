/**
 * Message counts of the queues for callers that ask many times a second: an external engine is asked at most
 * twice a second.
 */
import type { Queue } from '../../model/queue/types.ts';
import type { QueueCounts, StackQueue } from './stack-queue.ts';

const LOOK_EVERY_MS = 500;
const NOTHING: QueueCounts = { visible: 0, inFlight: 0, delayed: 0 };

export function watchCounts(
  queues: ReadonlyMap<string, Pick<StackQueue, 'counts'>>,
  models: ReadonlyMap<string, Pick<Queue, 'counts'>>,
): { of(name: string): QueueCounts; stop(): void } {
  const latest = new Map<string, QueueCounts>();
  const elsewhere = [...queues].filter(([name]) => !models.has(name));
  let looking = false;
  const look = async () => {
    // A slow engine is not asked again before it has answered, so that calls do not pile up.
    if (looking) return;
    looking = true;
    for (const [name, queue] of elsewhere) {
      // A failed look is repeated. A caller that works on the queue reports the error.
      const counts = await queue.counts().catch(() => undefined);
      if (counts !== undefined) latest.set(name, counts);
    }
    looking = false;
  };
  const timer = elsewhere.length === 0 ? undefined : setInterval(() => void look(), LOOK_EVERY_MS);
  return {
    of: (name) => models.get(name)?.counts() ?? latest.get(name) ?? NOTHING,
    stop: () => clearInterval(timer),
  };
}
