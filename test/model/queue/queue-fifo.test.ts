import { describe, expect, test } from 'vitest';
import { createQueue } from '../../../model/queue/queue.ts';
import {
  bodiesOf,
  buildFifo,
  DAY,
  deleteAll,
  HOUR,
  MINUTE,
  only,
  receiveAll,
  SECOND,
  send,
} from './build-queue.ts';

describe('message groups', () => {
  test('the group whose message is the oldest comes first, then the others top up', () => {
    const { queue } = buildFifo();
    send(queue, 'a', 'a0');
    send(queue, 'b', 'b0', 'b1');
    send(queue, 'a', 'a1');
    expect(bodiesOf(receiveAll(queue))).toEqual(['a0', 'a1', 'b0', 'b1']);
  });

  test('a receive never gives more than asked for, and locks what it did not empty', () => {
    const { queue } = buildFifo();
    send(queue, 'a', 'a0', 'a1', 'a2');
    expect(bodiesOf(queue.receiveNow({ max: 2 }))).toEqual(['a0', 'a1']);
    expect(receiveAll(queue)).toEqual([]);
  });

  test('after the visibility timeout the messages come back in order, however they were deleted', async () => {
    const { clock, queue } = buildFifo({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'a', 'a0', 'a1', 'a2', 'a3');
    const received = queue.receiveNow({ max: 3 });
    deleteAll(queue, received.slice(1, 2));
    await clock.advance(30 * SECOND - 1);
    expect(receiveAll(queue)).toEqual([]);
    await clock.advance(1);
    expect(bodiesOf(receiveAll(queue))).toEqual(['a0', 'a2', 'a3']);
  });

  test('a group stays locked when only some of its messages in flight became visible again', async () => {
    const { clock, queue } = buildFifo({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'a', 'a0', 'a1', 'a2');
    const [, second] = queue.receiveNow({ max: 2 });
    queue.changeVisibility(second?.receiptHandle ?? '', 0);
    expect(receiveAll(queue)).toEqual([]);
    await clock.advance(30 * SECOND);
    expect(bodiesOf(receiveAll(queue))).toEqual(['a0', 'a1', 'a2']);
  });

  test('groups are looked for among the first 120,000 messages only', () => {
    const { queue } = buildFifo();
    for (let index = 0; index < 120_000; index += 1) send(queue, 'deep', `d${index}`);
    send(queue, 'other', 'o0');
    const first = queue.receiveNow({ max: 1 });
    expect(receiveAll(queue)).toEqual([]);
    deleteAll(queue, first);
    // The group is free again and older; once it is locked, the other one is near enough to be seen.
    expect(bodiesOf(queue.receiveNow({ max: 2 }))).toEqual(['d1', 'd2']);
    expect(bodiesOf(receiveAll(queue))).toEqual(['o0']);
  });

  test('at 120,000 messages in flight nothing more is handed out, and nothing is thrown', () => {
    const { queue } = buildFifo();
    for (let index = 0; index < 120_010; index += 1) send(queue, `g${index}`, `m${index}`);
    for (let call = 0; call < 12_000; call += 1) receiveAll(queue);
    expect(queue.counts()).toMatchObject({ inFlight: 120_000, visible: 10 });
    expect(receiveAll(queue)).toEqual([]);
  });

  test('a queue that delays keeps the order', async () => {
    const { clock, queue } = buildFifo({ delayMs: 5 * SECOND });
    send(queue, 'a', 'a0', 'a1');
    expect(receiveAll(queue)).toEqual([]);
    expect(queue.counts()).toMatchObject({ delayed: 2, visible: 0 });
    await clock.advance(5 * SECOND);
    expect(bodiesOf(receiveAll(queue))).toEqual(['a0', 'a1']);
  });
});

describe('deduplication', () => {
  test('lasts five minutes from the first acceptance; a duplicate does not extend it', async () => {
    const { clock, queue } = buildFifo();
    const first = only(send(queue, 'a', 'x'));
    await clock.advance(5 * MINUTE - 1);
    expect(only(send(queue, 'a', 'x'))).toEqual({ ...first, duplicate: true });
    await clock.advance(1);
    const later = only(send(queue, 'a', 'x'));
    expect(later.duplicate).toBe(false);
    expect(later.messageId).not.toBe(first.messageId);
  });

  test('remembers any number of ids', () => {
    const { queue } = buildFifo();
    for (let index = 0; index < 30_000; index += 1) send(queue, 'a', `m${index}`);
    expect(only(send(queue, 'a', 'm0')).duplicate).toBe(true);
  });

  test('forgets each id in its own time, however many went before it', async () => {
    const { clock, queue } = buildFifo();
    const first = Array.from({ length: 3000 }, (_, index) => `first-${index}`);
    const second = Array.from({ length: 2000 }, (_, index) => `second-${index}`);
    send(queue, 'a', ...first);
    await clock.advance(MINUTE);
    send(queue, 'a', ...second);
    await clock.advance(4 * MINUTE);
    expect(send(queue, 'a', ...first).some(({ duplicate }) => duplicate)).toBe(false);
    expect(send(queue, 'a', ...second).every(({ duplicate }) => duplicate)).toBe(true);
    await clock.advance(MINUTE);
    expect(send(queue, 'a', ...second).some(({ duplicate }) => duplicate)).toBe(false);
  });

  test('survives a purge', () => {
    const { queue } = buildFifo();
    send(queue, 'a', 'x');
    queue.purge();
    expect(only(send(queue, 'a', 'x')).duplicate).toBe(true);
  });

  test('by group keeps two groups apart, whatever their names', () => {
    const { queue } = buildFifo({ deduplicationScope: 'messageGroup' });
    queue.send({ body: '1', group: 'a', deduplicationId: 'b:c' });
    expect(queue.send({ body: '2', group: 'a:b', deduplicationId: 'c' }).duplicate).toBe(false);
    expect(queue.send({ body: '3', group: 'a', deduplicationId: 'b:c' }).duplicate).toBe(true);
  });
});

describe('receipt handles and time', () => {
  test('an expired handle deletes nothing and says so', async () => {
    const { clock, queue } = buildFifo({ visibilityTimeoutMs: 30 * SECOND });
    send(queue, 'a', 'a0');
    const old = only(receiveAll(queue));
    await clock.advance(30 * SECOND);
    expect(() => queue.delete(old.receiptHandle)).toThrow('has expired');
    const current = only(receiveAll(queue));
    expect(() => queue.delete(old.receiptHandle)).toThrow('has expired');
    queue.delete(current.receiptHandle);
    expect(queue.list()).toEqual([]);
  });

  test('a handle of another queue is refused', () => {
    const { queue } = buildFifo();
    const other = buildFifo({ name: 'writings.fifo' }).queue;
    send(queue, 'a', 'a0');
    const { receiptHandle } = only(receiveAll(queue));
    expect(() => other.delete(receiptHandle)).toThrow('not a valid receipt handle');
  });

  test('visibility counts from each change, up to twelve hours from the receive', async () => {
    const { clock, queue } = buildFifo();
    send(queue, 'a', 'a0');
    const { receiptHandle } = only(receiveAll(queue));
    queue.changeVisibility(receiptHandle, 12 * HOUR);
    await clock.advance(HOUR);
    expect(() => queue.changeVisibility(receiptHandle, 12 * HOUR)).toThrow('beyond the limit');
    queue.changeVisibility(receiptHandle, 11 * HOUR);
    await clock.advance(11 * HOUR - 1);
    expect(queue.counts().inFlight).toBe(1);
    await clock.advance(1);
    expect(queue.counts()).toMatchObject({ inFlight: 0, visible: 1 });
  });

  test('sequence numbers grow, also from one queue to the next one of its name', async () => {
    const { clock, queue, world } = buildFifo();
    const bodies = Array.from({ length: 1000 }, (_, index) => `m${index}`);
    const numbers = send(queue, 'a', ...bodies).map(({ sequenceNumber }) => sequenceNumber ?? '');
    await clock.advance(SECOND);
    const anew = createQueue({ name: queue.settings.name }, world);
    numbers.push(only(send(anew, 'a', 'x')).sequenceNumber ?? '');
    expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
    expect([...new Set(numbers)].sort()).toEqual(numbers);
  });

  test('retention ends for messages in flight too, and frees their group', async () => {
    const { clock, queue } = buildFifo({ retentionMs: DAY, visibilityTimeoutMs: 12 * HOUR });
    send(queue, 'a', 'a0');
    await clock.advance(20 * HOUR);
    send(queue, 'a', 'a1');
    expect(bodiesOf(queue.receiveNow({ max: 1 }))).toEqual(['a0']);
    await clock.advance(4 * HOUR - 1);
    expect(receiveAll(queue)).toEqual([]);
    await clock.advance(1);
    expect(bodiesOf(receiveAll(queue))).toEqual(['a1']);
  });
});
