import { expect, test } from 'vitest';
import { defaultLimits, TIMEOUT_MARGIN_MS } from '../../../functions/limits.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { settle } from '../../clocks.ts';
import { buildReader, buildRequest } from './reader-builder.ts';

const TIME_MS = 2 * defaultLimits.readTimeoutMs + 5_000;
/** By then it is known which reads are not over at once, and the free slots are filled. */
const SOON_MS = 50;

function requests(prefix: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    buildRequest(`${prefix}${index}`, { receiptHandle: `handle of ${prefix}${index}` }),
  );
}

/** A reader whose reads end when they are told to. */
function buildSlowReader(waiting: number, readsPerInvocation: number) {
  const ends = new Map<unknown, (readings: unknown[]) => void>();
  const fails = new Map<unknown, (error: Error) => void>();
  const reader = buildReader({
    waiting: requests('w', waiting),
    pipeline: { limits: { ...defaultLimits, readsPerInvocation } },
    read: (request) =>
      new Promise((resolve, reject) => {
        ends.set(request, resolve);
        fails.set(request, reject);
      }),
  });
  return { ...reader, ends, fails };
}

test('an invocation with a full batch fills its free slots, and no more than those', async () => {
  const { clock, ports, ends, pulls } = buildSlowReader(100, 25);
  const done = readBatch(requests('b', 10), TIME_MS, ports);
  await clock.advance(SOON_MS);
  expect(ends.size).toBe(25);
  expect(pulls).toEqual([10, 5]);
  for (const end of [...ends.values()].slice(0, 5)) end([]);
  await settle();
  expect(ends.size).toBe(30);
  let ended = 0;
  while (ended < ends.size) {
    ended = ends.size;
    for (const end of [...ends.values()].slice(0, -1)) end([]); // One goes on: with none, the rest would be left to Lambda.
    await settle();
  }
  for (const end of ends.values()) end([]);
  expect(await done).toEqual([]);
  expect(ends.size).toBe(110);
});

test('a slot is free as soon as its read ends: while its readings are sent, the next request is read', async () => {
  const { clock, ports, ends } = buildSlowReader(100, 25);
  const sent = Promise.withResolvers<void>();
  const done = readBatch(requests('b', 10), TIME_MS, { ...ports, send: () => sent.promise });
  await clock.advance(SOON_MS);
  for (const end of [...ends.values()].slice(0, 10)) end(['one']);
  await settle();
  expect(ends.size).toBe(35);
  // What only sends has a bound, too.
  for (let round = 0; round < 10; round += 1) {
    for (const end of [...ends.values()].slice(0, -1)) end(['one']);
    await settle();
  }
  expect(ends.size).toBe(50);
  sent.resolve();
  for (let ended = 0; ended < ends.size; await settle()) {
    ended = ends.size;
    for (const end of ends.values()) end(['one']);
  }
  expect(await done).toEqual([]);
});

test('pulls run side by side while each finds what it asked for, and never wait for deletes', async () => {
  const { clock, ports, ends } = buildSlowReader(0, 50);
  const asked: { max: number; answer: (found: number) => void }[] = [];
  const receive = (max: number) =>
    new Promise<ReturnType<typeof requests>>((resolve) => {
      asked.push({ max, answer: (found) => resolve(requests(`p${asked.length}-`, found)) });
    });
  const remove = () => new Promise<void>(() => {});
  const removed = Promise.withResolvers<void>();
  const patient = { ...ports.requests, receive, remove: () => Promise.race([remove(), removed.promise]) };
  const done = readBatch(requests('b', 10), TIME_MS, { ...ports, requests: patient });
  await clock.advance(SOON_MS);
  expect(asked.map(({ max }) => max)).toEqual([10]);
  asked[0]?.answer(10);
  await settle();
  expect(asked.map(({ max }) => max)).toEqual([10, 10, 10]);
  asked[1]?.answer(10);
  await settle();
  expect(ends.size).toBe(30);
  // Twenty that were pulled are over, and none is deleted yet.
  for (const [name, end] of ends) if (String(name).startsWith('p')) end([]);
  await settle();
  expect(asked.length).toBeGreaterThan(3);
  removed.resolve();
  for (const { answer } of asked) answer(0);
  for (const end of ends.values()) end([]);
  expect(await done).toEqual([]);
});

/** Twenty-five slots are full, and a call has brought two requests more: it was made ahead, for reads that did not end. */
async function buildTwoAhead(remainingMs: number) {
  const slow = buildSlowReader(21, 25);
  const { clock, ports, ends } = slow;
  const receive = async (max: number, seconds: number) => {
    await clock.sleep(20);
    return ports.requests.receive(max, seconds);
  };
  const done = readBatch(requests('b', 10), remainingMs, {
    ...ports,
    requests: { ...ports.requests, receive },
  });
  // Ten of the batch, then ten and five that are pulled.
  for (let waited = 0; waited < 50; waited += 10) await clock.advance(10);
  expect(ends.size).toBe(25);
  for (const end of [...ends.values()].slice(0, 4)) end([]);
  await settle();
  await clock.advance(20);
  return { ...slow, done };
}

test('a pull asks for the slots that will be free when it answers, and reads never exceed the slots', async () => {
  const { clock, ends, pulls, done } = await buildTwoAhead(TIME_MS);
  // Four slots are free; by the rate so far two more will be, 20 ms and a little later.
  expect(pulls).toEqual([10, 5, 6]);
  expect(ends.size).toBe(29);
  [...ends.values()][5]?.([]);
  await settle();
  expect(ends.size).toBe(30);
  for (const end of ends.values()) end([]);
  await settle();
  expect(ends.size).toBe(31);
  for (const end of ends.values()) end([]);
  await clock.advance(20);
  expect(await done).toEqual([]);
});

test('a request that waited for a slot until no time for a whole read is left goes back unread', async () => {
  const remainingMs = defaultLimits.readTimeoutMs + TIMEOUT_MARGIN_MS + 100;
  const { clock, ends, pulls, removed, postponed, done } = await buildTwoAhead(remainingMs);
  expect([ends.size, pulls]).toEqual([29, [10, 5, 6]]);
  await clock.advance(defaultLimits.readTimeoutMs);
  await done;
  expect(ends.size).toBe(29);
  const touched = [...removed, ...postponed.map(({ handle }) => handle)];
  expect(touched).toHaveLength(25); // But for the four of the batch that are done with.
  expect(touched).not.toContain('handle of w19');
  expect(touched).not.toContain('handle of w20');
});

test('a pulled request stays invisible until the end of the invocation, not for the whole visibility timeout', async () => {
  const { clock, ports, ends, pulls, holds } = buildSlowReader(100, 25);
  const done = readBatch(requests('b', 10), 55_000, ports);
  await clock.advance(SOON_MS);
  expect([pulls, holds]).toEqual([
    [10, 5],
    [56, 56],
  ]);
  await clock.advance(20_000);
  for (const end of [...ends.values()].slice(0, 5)) end([]);
  await settle();
  expect(holds).toEqual([56, 56, 36]);
  for (const end of ends.values()) end([]);
  await done;
});

test('an invocation whose batch was not full pulls nothing', async () => {
  const { clock, ports, ends, pulls } = buildSlowReader(5, 25);
  const done = readBatch(requests('b', 9), TIME_MS, ports);
  await clock.advance(SOON_MS);
  for (const end of ends.values()) end([]);
  expect(await done).toEqual([]);
  expect(pulls).toEqual([]);
});

test('an invocation whose reads are over at once pulls nothing, even while their readings are still being sent', async () => {
  const { clock, ports, pulls } = buildReader({ waiting: requests('w', 100), read: async () => [1] });
  const sent = Promise.withResolvers<void>();
  const done = readBatch(requests('b', 10), TIME_MS, { ...ports, send: () => sent.promise });
  await clock.advance(SOON_MS);
  sent.resolve();
  expect(await done).toEqual([]);
  expect(pulls).toEqual([]);
});

test('an invocation that has one slow read keeps the other slots full until that read is over', async () => {
  const { promise: slow, resolve: end } = Promise.withResolvers<void>();
  const { clock, ports, pulls } = buildReader({
    waiting: requests('w', 100),
    read: async (request) => {
      if (request === 'b0') await slow;
      return [1];
    },
  });
  const done = readBatch(requests('b', 10), TIME_MS, ports);
  await clock.advance(SOON_MS);
  expect(pulls.length).toBeGreaterThan(10); // All that was there, and then none.
  end();
  expect(await done).toEqual([]);
});

test('a pulled request is deleted when its readings are durable, and kept when its read failed', async () => {
  const { clock, ports, ends, fails, removed, postponed, readings } = buildSlowReader(2, 25);
  const done = readBatch(requests('b', 10), TIME_MS, ports);
  await clock.advance(SOON_MS);
  fails.get('w0')?.(new Error('source down'));
  for (const [request, end] of ends) end([request]);
  expect(await done).toEqual([]);
  expect(readings.taken).toHaveLength(11);
  expect(removed).toEqual(['handle of w1']);
  expect(postponed).toMatchObject([{ handle: 'handle of w0' }]);
});

test('a pulled request whose readings were refused is not deleted', async () => {
  const { clock, ports, ends, removed } = (() => {
    const slow = buildSlowReader(1, 25);
    const send = () => Promise.reject(new Error('refused'));
    return { ...slow, ports: { ...slow.ports, send } };
  })();
  const done = readBatch(requests('b', 10), TIME_MS, ports);
  await clock.advance(SOON_MS);
  for (const [request, end] of ends) end([request]);
  expect(await done).toHaveLength(10);
  expect(removed).toEqual([]);
});

test('nothing is pulled when the time left is not enough for a whole read', async () => {
  const { clock, ports, ends, pulls } = buildSlowReader(100, 25);
  const done = readBatch(requests('b', 10), TIME_MS - defaultLimits.readTimeoutMs - 1, ports);
  await clock.advance(SOON_MS);
  expect(ends.size).toBe(10);
  for (const end of ends.values()) end([]);
  await done;
  expect(pulls).toEqual([]);
});

test('nothing is pulled beside a request that was tried often, because it may end the process', async () => {
  const { clock, ports, ends, pulls } = buildSlowReader(100, 25);
  const [first, ...others] = requests('b', 10);
  const often = { ...buildRequest('often'), ...first, receiveCount: defaultLimits.readAttempts / 2 + 1 };
  const done = readBatch([often, ...others], TIME_MS, ports);
  await clock.advance(SOON_MS);
  for (const end of ends.values()) end([]);
  expect(await done).toEqual([]);
  expect(pulls).toEqual([]);
});

test('a queue that does not answer ends the pulling, not the invocation', async () => {
  const { clock, ports, ends } = buildSlowReader(100, 25);
  const requestsQueue = { ...ports.requests, receive: () => Promise.reject(new Error('throttled')) };
  const done = readBatch(requests('b', 10), TIME_MS, { ...ports, requests: requestsQueue });
  await clock.advance(SOON_MS);
  for (const end of ends.values()) end([]);
  expect(await done).toEqual([]);
});
