import { describe, expect, test } from 'vitest';
import { createQueue } from '../../../model/queue/queue.ts';
import { createRandom } from '../../../model/random.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';
import { bodiesOf, buildStandard, DAY, MINUTE, only, receiveAll, SECOND, send } from './build-queue.ts';

describe('visibility', () => {
  test('a received message is invisible until its timeout, and counts its receives', async () => {
    const { clock, queue } = buildStandard({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'tenant', 'x');
    const sentAt = clock.now();
    await clock.advance(SECOND);
    const first = only(receiveAll(queue));
    expect(first).toMatchObject({ sentAt, firstReceivedAt: sentAt + SECOND, receiveCount: 1 });
    await clock.advance(30 * SECOND - 1);
    expect(receiveAll(queue)).toEqual([]);
    await clock.advance(1);
    expect(only(receiveAll(queue))).toMatchObject({
      messageId: first.messageId,
      sentAt,
      firstReceivedAt: sentAt + SECOND,
      receiveCount: 2,
    });
  });

  test('the counts are fresh: what has expired is not in flight any more, though nobody has asked', async () => {
    const { clock, queue } = buildStandard({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'tenant', 'x', 'y');
    queue.receiveNow({ max: 1, visibilityTimeoutMs: 10 * SECOND });
    const nextVisibleAt = clock.now() + 10 * SECOND;
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 1, delayed: 0, oldestAgeMs: 0, nextVisibleAt });
    await clock.advance(10 * SECOND);
    expect(queue.counts()).toMatchObject({ visible: 2, inFlight: 0, oldestAgeMs: 10 * SECOND });
  });

  test('only the latest receipt handle may change the visibility of a message', async () => {
    const { clock, queue } = buildStandard({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'tenant', 'x');
    const first = only(receiveAll(queue));
    await clock.advance(30 * SECOND);
    const second = only(receiveAll(queue));
    expect(() => queue.changeVisibility(first.receiptHandle, 0)).toThrow('not available');
    queue.changeVisibility(second.receiptHandle, 0);
    expect(receiveAll(queue)).toHaveLength(1);
  });

  test('a message may be delayed by itself, from 0 to 15 minutes', async () => {
    const { clock, queue } = buildStandard({ delayMs: MINUTE });
    queue.send({ body: 'as the queue says' });
    queue.send({ body: 'at once', delayMs: 0 });
    queue.send({ body: 'late', delayMs: 15 * MINUTE });
    expect(() => queue.send({ body: 'later', delayMs: 15 * MINUTE + 1 })).toThrow('DelaySeconds');
    expect(bodiesOf(receiveAll(queue))).toEqual(['at once']);
    await clock.advance(MINUTE);
    expect(bodiesOf(receiveAll(queue))).toContain('as the queue says');
    await clock.advance(14 * MINUTE);
    expect(bodiesOf(receiveAll(queue))).toContain('late');
  });
});

test('a message is gone at the end of its retention, visible or not', async () => {
  const { clock, queue } = buildStandard({ retentionMs: DAY });
  send(queue, 'tenant', 'x', 'y');
  queue.receiveNow({ max: 1, visibilityTimeoutMs: 12 * 3600 * SECOND });
  await clock.advance(DAY - 1);
  expect(queue.list()).toHaveLength(2);
  await clock.advance(1);
  expect(queue.list()).toEqual([]);
  expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0, oldestAgeMs: undefined });
});

test('at 120,000 messages in flight a short poll is refused, a long poll waits', async () => {
  const { clock, queue } = buildStandard();
  for (let index = 0; index < 120_001; index += 1) queue.send({ body: 'x' });
  for (let call = 0; call < 12_000; call += 1) receiveAll(queue);
  expect(() => receiveAll(queue)).toThrow(expect.objectContaining({ code: 'OverLimit' }));
  expect(await clock.run(queue.receive({ waitMs: SECOND }))).toEqual([]);
});

test('a purge empties the queue; a second one within a minute is refused', async () => {
  const { clock, queue } = buildStandard();
  send(queue, 'tenant', 'x', 'y');
  queue.receiveNow();
  queue.purge();
  expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0 });
  await clock.advance(MINUTE - 1);
  expect(() => queue.purge()).toThrow(expect.objectContaining({ code: 'PurgeQueueInProgress' }));
  await clock.advance(1);
  queue.purge();
});

describe('a shuffled queue', () => {
  const bodies = Array.from({ length: 200 }, (_, index) => `${index}`);
  const order = (seed: number) => {
    const world = { clock: createVirtualClock(), random: createRandom(seed) };
    const queue = createQueue({ name: 'requests', shuffle: true }, world);
    send(queue, 'tenant', ...bodies);
    return Array.from({ length: 20 }, () => bodiesOf(receiveAll(queue))).flat();
  };

  test('hands out every message once, nearly in order', () => {
    const received = order(1);
    expect(received).not.toEqual(bodies);
    expect(received.toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies);
    for (const [place, body] of received.entries()) expect(Math.abs(place - Number(body))).toBeLessThan(20);
  });

  test('gives the same order for the same seed, and another one for another seed', () => {
    expect(order(7)).toEqual(order(7));
    expect(order(7)).not.toEqual(order(8));
  });
});

test('impossible settings are refused, and the error names the queue, the setting and the bounds', () => {
  expect(() => buildStandard({ visibilityTimeoutMs: -1 })).toThrow(
    'queue "requests": visibilityTimeoutMs is -1, it must be from 0 to 43200000',
  );
  expect(() => buildStandard({ fifo: true })).toThrow('.fifo');
  expect(() => buildStandard({ name: 'a b' })).toThrow('letters');
});
