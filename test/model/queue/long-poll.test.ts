import { describe, expect, test } from 'vitest';
import type { ReceivedMessage } from '../../../model/queue/types.ts';
import { bodiesOf, buildFifo, buildStandard, only, receiveAll, SECOND, send } from './build-queue.ts';

/** When the poll was answered, and with what. */
function watch(poll: Promise<ReceivedMessage[]>, now: () => number) {
  return poll.then((messages) => ({ at: now(), bodies: bodiesOf(messages) }));
}

describe('a long poll', () => {
  test('is answered when a message is sent, and with nothing at the end of its wait', async () => {
    const { clock, queue } = buildStandard();
    const start = clock.now();
    const polls = [1, 2].map(() => watch(queue.receive({ waitMs: 20 * SECOND }), clock.now));
    await clock.advance(5 * SECOND);
    send(queue, 'tenant', 'x');
    expect(await clock.run(Promise.all(polls))).toEqual([
      { at: start + 5 * SECOND, bodies: ['x'] },
      { at: start + 20 * SECOND, bodies: [] },
    ]);
    expect(clock.sleeping).toBe(0);
  });

  test('gets the messages that were sent in one turn together', async () => {
    const { clock, queue } = buildFifo();
    const polls = [1, 2].map(() => queue.receive({ max: 10, waitMs: SECOND }));
    send(queue, 'a', 'a0', 'a1', 'a2');
    expect((await clock.run(Promise.all(polls))).map(bodiesOf)).toEqual([['a0', 'a1', 'a2'], []]);
  });

  test('is answered when a message becomes visible again', async () => {
    const { clock, queue } = buildStandard({ visibilityTimeoutMs: 7 * SECOND });
    send(queue, 'tenant', 'x');
    receiveAll(queue);
    const start = clock.now();
    const poll = watch(queue.receive({ waitMs: 20 * SECOND }), clock.now);
    expect(await clock.run(poll)).toEqual({ at: start + 7 * SECOND, bodies: ['x'] });
  });

  test('on a locked group goes on waiting when a message is sent to it, and is answered by the delete', async () => {
    const { clock, queue } = buildFifo();
    send(queue, 'a', 'a0');
    const { receiptHandle } = only(receiveAll(queue));
    const start = clock.now();
    const poll = watch(queue.receive({ waitMs: 20 * SECOND }), clock.now);
    await clock.advance(SECOND);
    send(queue, 'a', 'a1');
    await clock.advance(2 * SECOND);
    queue.delete(receiptHandle);
    expect(await clock.run(poll)).toEqual({ at: start + 3 * SECOND, bodies: ['a1'] });
  });

  test('is answered when the message that locked the group reaches the end of its retention', async () => {
    const { clock, queue } = buildFifo({ retentionMs: 60 * SECOND, visibilityTimeoutMs: 600 * SECOND });
    send(queue, 'a', 'a0');
    await clock.advance(50 * SECOND);
    send(queue, 'a', 'a1');
    queue.receiveNow({ max: 1 });
    const start = clock.now();
    const poll = watch(queue.receive({ waitMs: 20 * SECOND }), clock.now);
    expect(await clock.run(poll)).toEqual({ at: start + 10 * SECOND, bodies: ['a1'] });
  });

  test('that is aborted takes nothing: the message goes to the next one', async () => {
    const { clock, queue } = buildStandard();
    const gone = new AbortController();
    const first = queue.receive({ waitMs: 20 * SECOND, signal: gone.signal });
    const second = queue.receive({ waitMs: 20 * SECOND });
    await clock.advance(SECOND);
    gone.abort();
    send(queue, 'tenant', 'x');
    expect(await first).toEqual([]);
    expect(only(await second)).toMatchObject({ body: 'x', receiveCount: 1 });
    expect(await queue.receive({ waitMs: SECOND, signal: gone.signal })).toEqual([]);
  });

  test('leaves no timer behind', async () => {
    const { clock, queue } = buildStandard();
    const poll = queue.receive({ waitMs: 20 * SECOND });
    send(queue, 'tenant', 'x');
    queue.delete(only(await poll).receiptHandle);
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
  });
});

describe('a listener', () => {
  test('hears of sends, receives, deletes and expiries, once for all changes of one turn', async () => {
    const { clock, queue } = buildStandard({ visibilityTimeoutMs: 30 * SECOND });
    const heard: object[] = [];
    await clock.advance(0);
    const stop = queue.onChange(() => {
      const { visible, inFlight } = queue.counts();
      heard.push({ at: clock.now() - start, visible, inFlight });
    });
    const start = clock.now();
    await clock.advance(0);
    heard.length = 0;
    send(queue, 'tenant', 'x', 'y');
    await clock.advance(SECOND);
    const [x] = queue.receiveNow({ max: 2 });
    await clock.advance(SECOND);
    queue.delete(x?.receiptHandle ?? '');
    expect(await clock.runUntilIdle()).toBe(true);
    stop();
    send(queue, 'tenant', 'z');
    await clock.runUntilIdle();
    expect(heard).toEqual([
      { at: 0, visible: 2, inFlight: 0 },
      { at: 1 * SECOND, visible: 0, inFlight: 2 },
      { at: 2 * SECOND, visible: 0, inFlight: 1 },
      { at: 31 * SECOND, visible: 1, inFlight: 0 },
    ]);
  });
});
