import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../local/random.ts';
import { createQueue } from '../../../local/sqs/queue.ts';
import type { Queue, QueueOptions, ReceivedMessage } from '../../../local/sqs/types.ts';
import { createVirtualClock } from '../../../local/virtual-clock.ts';

function fifo(options: Partial<QueueOptions> = {}) {
  const clock = createVirtualClock();
  const queue = createQueue({ name: 'readings.fifo', ...options }, { clock, random: createRandom(1) });
  return { clock, queue };
}

let ids = 0;
function send(queue: Queue, group: string, ...bodies: string[]) {
  for (const body of bodies) {
    ids += 1;
    queue.send({ body, group, deduplicationId: `id-${ids}` });
  }
}

const bodies = (messages: readonly { body: string }[]) => messages.map((message) => message.body);
const deleteAll = (queue: Queue, messages: readonly ReceivedMessage[]) => {
  for (const message of messages) queue.delete(message.receiptHandle);
};

describe('message groups', () => {
  test('a receive returns as many as it can of one group, in order, then tops up from others', () => {
    const { queue } = fifo();
    send(queue, 'a', 'a0', 'a1', 'a2', 'a3', 'a4');
    send(queue, 'b', 'b0', 'b1', 'b2');
    send(queue, 'a', 'a5');
    expect(bodies(queue.receiveNow({ max: 10 }))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'b0', 'b1', 'b2']);
  });

  test('a group is locked until all its messages in flight are deleted', () => {
    const { queue } = fifo();
    send(queue, 'a', 'a0', 'a1', 'a2');
    const [first, second] = queue.receiveNow({ max: 2 });
    queue.delete(first?.receiptHandle ?? '');
    expect(queue.receiveNow({ max: 10 })).toEqual([]);
    queue.delete(second?.receiptHandle ?? '');
    expect(bodies(queue.receiveNow({ max: 10 }))).toEqual(['a2']);
  });
});
