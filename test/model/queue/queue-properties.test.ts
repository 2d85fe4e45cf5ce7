import { describe, expect, test } from 'vitest';
import type { Queue, ReceivedMessage } from '../../../model/queue/types.ts';
import fc from '../../properties.ts';
import { bodiesOf, buildFifo, buildStandard, SECOND } from './build-queue.ts';

const VISIBILITY_MS = 30 * SECOND;

const send = fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') });
const receive = fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) });
const resolution = fc.record({ kind: fc.constantFrom('delete', 'nack', 'extend'), pick: fc.nat() });
const wait = fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(VISIBILITY_MS) });
const step = fc.oneof(
  { weight: 4, arbitrary: send },
  { weight: 3, arbitrary: receive },
  { weight: 4, arbitrary: resolution },
  { weight: 1, arbitrary: wait },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** What must be true of a queue, kept by hand and without any of its cleverness. */
interface Held {
  readonly group: string;
  invisibleUntil: number;
  handle: string | undefined;
}

type OnReceive = (messages: readonly ReceivedMessage[], held: ReadonlyMap<string, Held>, now: number) => void;

/** Plays the steps, then deletes all that can still be received. Bodies are the messages' numbers. */
async function play(steps: readonly Step[], fifo: boolean, onReceive: OnReceive): Promise<string[]> {
  const { clock, queue } = (fifo ? buildFifo : buildStandard)({ visibilityTimeoutMs: VISIBILITY_MS });
  const held = new Map<string, Held>();
  let sent = 0;
  const receive = (max: number) => {
    const messages = queue.receiveNow({ max });
    onReceive(messages, held, clock.now());
    expect(messages.length).toBeLessThanOrEqual(max);
    for (const { body, receiptHandle } of messages) {
      const record = held.get(body);
      if (record === undefined) throw new Error(`message ${body} was received after it was deleted`);
      expect(record.invisibleUntil, `message ${body} is invisible`).toBeLessThanOrEqual(clock.now());
      record.invisibleUntil = clock.now() + VISIBILITY_MS;
      record.handle = receiptHandle;
    }
    return messages;
  };
  for (const action of steps) {
    if (action.kind === 'send') {
      queue.send({ body: `${sent}`, group: action.group, ...(fifo && { deduplicationId: `${sent}` }) });
      held.set(`${sent}`, { group: action.group, invisibleUntil: 0, handle: undefined });
      sent += 1;
    } else if (action.kind === 'receive') {
      receive(action.max);
    } else if (action.kind === 'wait') {
      await clock.advance(action.ms);
    } else {
      resolve(queue, held, action, clock.now());
    }
  }
  await clock.advance(2 * VISIBILITY_MS);
  const drained: string[] = [];
  for (let messages = receive(10); messages.length > 0; messages = receive(10)) {
    drained.push(...bodiesOf(messages));
    for (const message of messages) {
      queue.delete(message.receiptHandle);
      held.delete(message.body);
    }
  }
  expect([...held.keys()], 'messages that were never seen again').toEqual([]);
  expect(queue.counts()).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
  return drained;
}

function resolve(
  queue: Queue,
  held: Map<string, Held>,
  { kind, pick }: { kind: 'delete' | 'nack' | 'extend'; pick: number },
  now: number,
): void {
  const inFlight = [...held].filter(([, { invisibleUntil }]) => invisibleUntil > now);
  const [body, record] = inFlight[pick % inFlight.length] ?? [];
  if (body === undefined || record?.handle === undefined) return;
  if (kind === 'delete') {
    queue.delete(record.handle);
    held.delete(body);
    return;
  }
  const timeoutMs = kind === 'nack' ? 0 : 2 * VISIBILITY_MS;
  queue.changeVisibility(record.handle, timeoutMs);
  record.invisibleUntil = now + timeoutMs;
}

/** Of each group that is received: nothing of it is in flight, and it is the oldest of the group, in order. */
const inOrderOfGroup: OnReceive = (messages, held, now) => {
  const groups = Map.groupBy(messages, (message) => message.group ?? '');
  for (const [group, received] of groups) {
    const waiting = [...held].filter(([, record]) => record.group === group);
    const locked = waiting.filter(([, { invisibleUntil }]) => invisibleUntil > now);
    expect(locked, `messages of ${group} in flight`).toEqual([]);
    const oldest = waiting.slice(0, received.length).map(([body]) => body);
    expect(bodiesOf(received), `what was received of ${group}`).toEqual(oldest);
  }
};

describe('with sends, receives, deletes, nacks, extensions and expiries in any order,', () => {
  const steps = fc.array(step, { maxLength: 60, size: 'max' });

  test('a FIFO queue hands out each group in the order of sending, loses nothing and hands out nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        await play(actions, true, inOrderOfGroup);
      }),
      { numRuns: 500 },
    );
  });

  test('a standard queue loses nothing and hands out nothing while it is invisible', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (actions) => {
        await play(actions, false, () => {});
      }),
      { numRuns: 300 },
    );
  });

  test('a FIFO queue gives a full batch as long as free groups have that many messages', async () => {
    const fillsUp: OnReceive = (messages, held, now) => {
      const groups = Map.groupBy(held, ([, record]) => record.group);
      let free = 0;
      for (const records of groups.values()) {
        if (records.every(([, { invisibleUntil }]) => invisibleUntil <= now)) free += records.length;
      }
      expect(messages.length).toBe(Math.min(3, free));
    };
    const threes = steps.map((actions) =>
      actions.map((action) => (action.kind === 'receive' ? { ...action, max: 3 } : action)),
    );
    const untilDrain = (actions: readonly Step[]) => {
      let receives = actions.filter(({ kind }) => kind === 'receive').length;
      const onReceive: OnReceive = (...seen) => {
        receives -= 1;
        if (receives >= 0) fillsUp(...seen);
      };
      return play(actions, true, onReceive);
    };
    await fc.assert(
      fc.asyncProperty(threes, async (actions) => {
        await untilDrain(actions);
      }),
      { numRuns: 300 },
    );
  });
});
