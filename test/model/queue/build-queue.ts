/** Queues on a virtual clock, and functions that the tests of the model share. */

import { createQueue } from '../../../model/queue/queue.ts';
import type { Queue, QueueOptions, ReceivedMessage, SendResult } from '../../../model/queue/types.ts';
import { createRandom } from '../../../model/random.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function buildFifo(options: Partial<QueueOptions> = {}) {
  return build({ name: 'readings.fifo', ...options });
}

export function buildStandard(options: Partial<QueueOptions> = {}) {
  return build({ name: 'requests', ...options });
}

function build(options: QueueOptions, seed = 1) {
  const clock = createVirtualClock();
  const world = { clock, random: createRandom(seed) };
  return { clock, world, queue: createQueue(options, world) };
}

/** The body is the deduplication id, too. */
export function send(queue: Queue, group: string, ...bodies: string[]): SendResult[] {
  return bodies.map((body) =>
    queue.send(queue.settings.fifo ? { body, group, deduplicationId: body } : { body, group }),
  );
}

export function receiveAll(queue: Queue): ReceivedMessage[] {
  return queue.receiveNow({ max: 10 });
}

export function bodiesOf(messages: readonly { body: string }[]): string[] {
  return messages.map((message) => message.body);
}

export function deleteAll(queue: Queue, messages: readonly ReceivedMessage[]): void {
  for (const message of messages) queue.delete(message.receiptHandle);
}

/** The one message that must be there. */
export function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`one expected, there are ${items.length}`);
  return item;
}
