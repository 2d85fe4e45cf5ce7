import { describe, expect, test } from 'vitest';
import { createProtocol } from '../../../local/gateway/sqs/protocol.ts';
import { createQueue } from '../../../model/queue/queue.ts';
import type { Queue } from '../../../model/queue/types.ts';
import { createRandom } from '../../../model/random.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';
import { bodiesOf, DAY, MINUTE, only, receiveAll, SECOND, send } from './build-queue.ts';

function buildPair(fifo: boolean) {
  const clock = createVirtualClock();
  const world = { clock, random: createRandom(1) };
  const ending = fifo ? '.fifo' : '';
  const dead = createQueue({ name: `dead${ending}`, retentionMs: 2 * DAY }, world);
  const redrive = { deadLetterQueue: dead, maxReceiveCount: 2 };
  const queue = createQueue({ name: `source${ending}`, redrive, visibilityTimeoutMs: MINUTE }, world);
  return { clock, queue, dead };
}

/** Receives until the message has been received too often; the receive after that moves it. */
async function giveUp({ clock, queue }: ReturnType<typeof buildPair>) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    receiveAll(queue);
    await clock.advance(MINUTE);
  }
  return receiveAll(queue);
}

describe('a message that was received too often', () => {
  test('is moved by the next receive, which goes on with what follows in its group', async () => {
    const pair = buildPair(true);
    send(pair.queue, 'a', 'poison');
    await pair.clock.advance(0);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      receiveAll(pair.queue);
      await pair.clock.advance(MINUTE);
    }
    send(pair.queue, 'a', 'next');
    expect(pair.dead.list()).toEqual([]);
    expect(bodiesOf(receiveAll(pair.queue))).toEqual(['next']);
    expect(bodiesOf(pair.dead.list())).toEqual(['poison']);
  });

  test('keeps id, attributes, group and receive count', async () => {
    const pair = buildPair(true);
    const message = { body: 'x', group: 'g', deduplicationId: 'd', attributes: { id: 'r-1' } };
    const { messageId } = pair.queue.send(message);
    await giveUp(pair);
    expect(only(pair.dead.list())).toMatchObject({
      messageId,
      group: 'g',
      attributes: { id: 'r-1' },
      receiveCount: 2,
      deadLetterSourceArn: pair.queue.settings.arn,
    });
    expect(only(receiveAll(pair.dead)).receiveCount).toBe(3);
  });

  test('keeps its sent time on a standard queue, so its retention goes on', async () => {
    const pair = buildPair(false);
    send(pair.queue, 'tenant', 'x');
    const sentAt = pair.clock.now();
    await pair.clock.advance(DAY);
    await giveUp(pair);
    expect(only(pair.dead.list()).sentAt).toBe(sentAt);
    await pair.clock.advance(DAY);
    expect(pair.dead.list()).toEqual([]);
  });

  test('expires in its own time in a standard dead-letter queue, though a younger one came there before it', async () => {
    const { clock, queue, dead } = buildPair(false);
    send(queue, 'tenant', 'older');
    await clock.advance(DAY);
    send(dead, 'tenant', 'younger');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      receiveAll(queue);
      await clock.advance(MINUTE);
    }
    expect(bodiesOf(dead.list())).toEqual(['older', 'younger']);
    await clock.advance(DAY - 3 * MINUTE);
    expect(bodiesOf(dead.list())).toEqual(['younger']);
  });

  test('begins anew on a FIFO queue, with its message id as deduplication id', async () => {
    const pair = buildPair(true);
    const { messageId, sequenceNumber } = only(send(pair.queue, 'a', 'x'));
    await pair.clock.advance(DAY);
    await giveUp(pair);
    const moved = only(pair.dead.list());
    expect(moved).toMatchObject({ sentAt: pair.clock.now(), deduplicationId: messageId });
    expect(moved.sequenceNumber).not.toBe(sequenceNumber);
  });
});

describe('a move task', () => {
  test('makes new messages in the queue they came from: id, time and count new, content and group kept', async () => {
    const pair = buildPair(true);
    const { messageId } = pair.queue.send({
      body: 'x',
      group: 'g',
      deduplicationId: 'd',
      attributes: { id: 'r-1' },
    });
    await giveUp(pair);
    await pair.clock.advance(SECOND);
    expect(pair.dead.moveTask()).toEqual({ moved: 1, withoutSource: 0 });
    expect(pair.dead.list()).toEqual([]);
    const back = only(receiveAll(pair.queue));
    expect(back).toMatchObject({ body: 'x', group: 'g', attributes: { id: 'r-1' }, receiveCount: 1 });
    expect(back.sentAt).toBe(pair.clock.now());
    expect(back.messageId).not.toBe(messageId);
  });

  test('leaves what is in flight, and what was sent there directly unless it is told where to', () => {
    const { queue, dead } = buildPair(false);
    send(dead, 'tenant', 'in flight', 'direct');
    dead.receiveNow();
    expect(dead.moveTask()).toEqual({ moved: 0, withoutSource: 1 });
    expect(dead.moveTask(queue)).toEqual({ moved: 1, withoutSource: 0 });
    expect(bodiesOf(receiveAll(queue))).toEqual(['direct']);
    expect(bodiesOf(dead.list())).toEqual(['in flight']);
  });

  test('is asked for and listed through the protocol; only a dead-letter queue can be its source', async () => {
    const pair = buildPair(false);
    const queues = new Map<string, Queue>(
      [pair.queue, pair.dead].map((queue) => [queue.settings.name, queue]),
    );
    const protocol = createProtocol(queues, pair);
    const ask = async (action: string, source: Queue) => {
      const body = { SourceArn: source.settings.arn };
      return protocol({ target: `AmazonSQS.${action}`, body });
    };
    send(pair.queue, 'tenant', 'x');
    await giveUp(pair);
    expect(await ask('StartMessageMoveTask', pair.dead)).toMatchObject({ status: 200 });
    expect(bodiesOf(receiveAll(pair.queue))).toEqual(['x']);
    expect((await ask('ListMessageMoveTasks', pair.dead)).body).toMatchObject({
      Results: [{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }],
    });
    expect(await ask('StartMessageMoveTask', pair.queue)).toMatchObject({
      status: 400,
      headers: { 'x-amzn-query-error': 'InvalidParameterValue;Sender' },
    });
  });
});

test('a dead-letter queue of the other kind is refused', () => {
  const world = { clock: createVirtualClock(), random: createRandom(1) };
  const deadLetterQueue = createQueue({ name: 'dead' }, world);
  expect(() =>
    createQueue({ name: 'a.fifo', redrive: { deadLetterQueue, maxReceiveCount: 1 } }, world),
  ).toThrow('queue "a.fifo": its dead-letter queue dead is of the other kind');
});
