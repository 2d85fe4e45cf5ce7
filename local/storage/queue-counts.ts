/** What is in the queues, for who looks many times a second: an engine elsewhere is asked twice a second at most. */
import type { Queue } from '../../model/queue/types.ts';
import type { QueueCounts, StackQueue } from './stack-queue.ts';

const LOOK_EVERY_MS = 500;
const NOTHING: QueueCounts = { visible: 0, inFlight: 0, delayed: 0 };

export function watchCounts(
  queues: ReadonlyMap<string, StackQueue>,
  models: ReadonlyMap<string, Pick<Queue, 'counts'>>,
): { of(name: string): QueueCounts; stop(): void } {
  const latest = new Map<string, QueueCounts>();
  const elsewhere = [...queues].filter(([name]) => !models.has(name));
  const look = () => {
    for (const [name, queue] of elsewhere) {
      // A look that fails is made again; what works on the queue says why.
      queue.counts().then(
        (counts) => latest.set(name, counts),
        () => undefined,
      );
    }
  };
  const timer = elsewhere.length === 0 ? undefined : setInterval(look, LOOK_EVERY_MS);
  return {
    of: (name) => models.get(name)?.counts() ?? latest.get(name) ?? NOTHING,
    stop: () => clearInterval(timer),
  };
}
