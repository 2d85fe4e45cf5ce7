import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { createMetrics } from '../../../functions/metrics.ts';
import type { Pipeline, ReadContext } from '../../../functions/pipeline.ts';
import type { Observation, OutgoingMessage } from '../../../functions/ports.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { deadRequest, REQUEST_ATTRIBUTES, sameRequest } from '../../../functions/requests.ts';
import { buildIncoming } from '../../builders.ts';
import { buildReader, buildRequest, TIME_MS } from './reader-builder.ts';

type Reads = (request: unknown, context: ReadContext) => unknown;
const limits = { submitHopsMax: 2, submitsPerRequestMax: 10 };

function build(read: Reads, parts: Parameters<typeof buildReader>[0] = {}) {
  const observed: Observation[] = [];
  const built = buildReader({
    read: async (request, context) => {
      read(request, context);
      return [0];
    },
    ...parts,
    pipeline: { limits: { ...parts.pipeline?.limits, ...limits } as Pipeline['limits'] },
  });
  return {
    ...built,
    observed,
    ports: { ...built.ports, observe: (seen: Observation) => void observed.push(seen) },
  };
}

/** As it comes back from the queue that it was sent to. */
const received = ({ body, attributes = {}, group = '' }: OutgoingMessage) =>
  buildIncoming({ messageId: `again ${attributes['id']}`, body, attributes, group });
const reasonsOf = (letters: readonly OutgoingMessage[]) =>
  letters.map(({ attributes }) => attributes?.[REQUEST_ATTRIBUTES.reason]);

describe('a request that a read submits', () => {
  test('is sent under an id that follows from its own request: the same on every attempt, and different for each other one', async () => {
    const { ports, submitted } = build((n, { submit }) => submit({ of: n }, { id: 'page-2' }));
    await readBatch([buildRequest('a'), buildRequest('b')], TIME_MS, ports);
    await readBatch([buildRequest('a', { receiveCount: 2 })], TIME_MS, ports);
    const [ofA, ofB, again] = submitted.taken;
    expect(ofA?.attributes?.['id']).toMatch(/^[0-9a-f]{24}\/page-2$/);
    expect(again).toEqual(ofA);
    expect(ofB?.attributes?.['id']).not.toBe(ofA?.attributes?.['id']);
    expect(submitted.taken.map(({ body }) => body)).toEqual(['{"of":"a"}', '{"of":"b"}', '{"of":"a"}']);
  });

  test('never shares the id of another one, even if their texts join to the same', async () => {
    const { ports, submitted } = build((n, { submit }) => submit(1, { id: n === 'a' ? 'b/c' : 'c' }));
    await readBatch([buildRequest('a'), buildRequest('a/b')], TIME_MS, ports);
    const ids = submitted.taken.map(({ attributes }) => attributes?.['id']?.slice(0, 24));
    expect(new Set(ids).size).toBe(2);
  });

  test('is on its queue before the submitting request is acknowledged', async () => {
    const { ports, submitted, readings, deadLetters } = build((_, { submit }) => submit(1, { id: 'x' }), {
      refuseSubmit: () => ({ reason: 'too large for SQS', retriable: false }),
    });
    expect(await readBatch([buildRequest('a')], TIME_MS, ports)).toEqual(['a']);
    expect([submitted.taken, deadLetters.taken]).toEqual([[], []]);
    expect(readings.taken).toHaveLength(1);
  });

  test('is not sent when the read fails', async () => {
    const { ports, submitted } = build((_, { submit }) => {
      submit(1, { id: 'x' });
      throw new Error('the source is away');
    });
    expect(await readBatch([buildRequest('a')], TIME_MS, ports)).toEqual(['a']);
    expect(submitted.taken).toEqual([]);
  });

  test('comes from a read in another process as well', async () => {
    const { ports, submitted } = build((n, { submit }) => submit({ of: n }, { id: 'x' }));
    const worn = { receiveCount: 20 };
    expect(await readBatch([buildRequest('a', worn), buildRequest('b', worn)], TIME_MS, ports)).toEqual([]);
    expect(submitted.taken.map(({ body }) => body)).toEqual(['{"of":"a"}', '{"of":"b"}']);
  });

  test('has the tenant of its own request', async () => {
    const { ports, submitted } = build((_, { submit }) => submit(1, { id: 'x' }));
    await readBatch([buildRequest('a', { group: 'acme' })], TIME_MS, ports);
    expect(submitted.taken).toMatchObject([{ group: 'acme' }]);
  });

  test.each([
    [
      'no id',
      (submit: ReadContext['submit']) => submit(1, {} as { id: string }),
      /submit needs an id of 1 to 400 characters/,
    ],
    ['an empty id', (submit: ReadContext['submit']) => submit(1, { id: '' }), /submit needs an id/],
    [
      'a value that is no JSON',
      (submit: ReadContext['submit']) => submit(Number.NaN, { id: 'x' }),
      /the body is NaN/,
    ],
    [
      'an id for two requests',
      (submit: ReadContext['submit']) => {
        submit(1, { id: 'x' });
        submit(2, { id: 'x' });
      },
      /submitted two requests with one id/,
    ],
    [
      'itself',
      (submit: ReadContext['submit']) => submit('a', { id: 'x' }),
      /submitted its own request again, as "x", which would never end/,
    ],
  ])('with %s sets its own request aside, with the reason', async (_, submits, sentence) => {
    const { ports, submitted, deadLetters } = build((__, { submit }) => submits(submit));
    expect(await readBatch([buildRequest('a')], TIME_MS, ports)).toEqual([]);
    expect(submitted.taken).toEqual([]);
    expect(reasonsOf(deadLetters.taken)).toEqual([expect.stringMatching(sentence)]);
  });
});

describe('chains of requests end', () => {
  test('after maxHops, and the reason names the first request', async () => {
    const { ports, submitted, deadLetters, observed } = build((n, { submit }) => submit([n], { id: 'next' }));
    await readBatch([buildRequest('first')], TIME_MS, ports);
    for (let hop = 0; hop < 2; hop += 1) {
      const [next] = submitted.taken.slice(-1);
      if (next !== undefined) await readBatch([received(next)], TIME_MS, ports);
    }
    expect(submitted.taken).toHaveLength(2);
    expect(reasonsOf(deadLetters.taken)).toEqual([
      'requests submitted each other 2 times; at most 2 are allowed (limits.submitHopsMax); they began with "first"',
    ]);
    expect(observed).toContainEqual(expect.objectContaining({ kind: 'failure', cause: 'too many submits' }));
  });

  test('after the limit of one root, however many readers there are', async () => {
    const spread =
      (many: number) =>
      (of: unknown, { submit }: ReadContext) => {
        for (let n = 0; n < many; n += 1) submit({ of, n }, { id: String(n) });
      };
    const eleven = build(spread(11));
    await readBatch([buildRequest('first')], TIME_MS, eleven.ports);
    expect(reasonsOf(eleven.deadLetters.taken)).toEqual([
      expect.stringMatching(
        /more requests were submitted than one request may lead to, 10 .* they began with "first"/,
      ),
    ]);
    // Two of ten leave eight, four for each of the two.
    const two = build(spread(2));
    await readBatch([buildRequest('first')], TIME_MS, two.ports);
    const below = build(spread(5));
    await readBatch(two.submitted.taken.map(received), TIME_MS, below.ports);
    expect(below.submitted.taken).toEqual([]);
    const fits = build(spread(4));
    await readBatch(two.submitted.taken.map(received), TIME_MS, fits.ports);
    expect(fits.submitted.taken).toHaveLength(8);
  });

  test.each<[string, Reads, Record<string, string>]>([
    ['a chain that is too long', (n, { submit }) => submit([n], { id: 'x' }), { chain: '2/5/first' }],
    [
      'a root with too many requests',
      (n, { submit }) => {
        for (let index = 0; index < 11; index += 1) submit([n, index], { id: String(index) });
      },
      {},
    ],
    ['a share that is used up', (n, { submit }) => submit([n], { id: 'x' }), { chain: '1/0/first' }],
    ['a read that submits itself', (n, { submit }) => submit(n, { id: 'x' }), {}],
    ['a write that submitted beyond its share', () => {}, { chain: '1/over/first' }],
    ['a write that submitted beyond its chain', () => {}, { chain: '3/5/first' }],
  ])('%s is in the metric of the alarm, once for each request', async (_, read, attributes) => {
    const { ports, deadLetters, observed } = build(read);
    await readBatch([buildRequest('a', { attributes: { id: 'a', ...attributes } })], TIME_MS, ports);
    const metrics = createMetrics();
    for (const seen of observed) metrics.add(seen);
    expect(JSON.parse(metrics.take(['p', 'reader'], 0) ?? '{}')).toMatchObject({
      SubmitsRefused: 1,
      ReadsDead: 1,
    });
    expect(deadLetters.taken).toHaveLength(1);
  });

  /** As a read does that means well, or that hides all errors. */
  const attempted = (submit: () => void): unknown => {
    try {
      return submit();
    } catch (error) {
      return error;
    }
  };

  test.each<[string, Reads, object]>([
    ['goes on', (n, { submit }) => attempted(() => submit([n], { id: 'x' })), { ReadsDone: 1 }],
    [
      'goes on, also when it is refused many times',
      (n, { submit }) => {
        for (const id of ['x', 'y', 'z']) attempted(() => submit([n], { id }));
      },
      { ReadsDone: 1 },
    ],
    [
      'fails of something else',
      (n, { submit }) => {
        attempted(() => submit([n], { id: 'x' }));
        throw new Error('the source is away');
      },
      { ReadsFailed: 1 },
    ],
    [
      'throws an error of its own instead',
      (n, { submit }) => {
        throw new PermanentError('cannot go on', { cause: attempted(() => submit([n], { id: 'x' })) });
      },
      { ReadsDead: 1 },
    ],
  ])(
    'a read that catches the refusal of a submit and %s is in the metric of the alarm, once',
    async (_, read, outcome) => {
      for (const receiveCount of [1, 20]) {
        const { ports, observed } = build(read);
        const message = buildRequest('a', { receiveCount, attributes: { id: 'a', chain: '2/5/first' } });
        await readBatch([message], TIME_MS, ports);
        const metrics = createMetrics();
        for (const seen of observed) metrics.add(seen);
        const counted = JSON.parse(metrics.take(['p', 'reader'], 0) ?? '{}');
        expect(counted).toMatchObject({ SubmitsRefused: 1, ...(receiveCount === 1 ? outcome : {}) });
        expect(observed).toContainEqual(
          expect.objectContaining({
            kind: 'failure',
            messages: 0,
            reason: expect.stringMatching(/^the read went on without a request .* they began with "first"$/),
          }),
        );
      }
    },
  );

  test('at the same place after a redrive, because a dead letter keeps its chain', async () => {
    const { ports, submitted } = build((n, { submit }) => submit([n], { id: 'next' }));
    await readBatch([buildRequest('first')], TIME_MS, ports);
    const [sent] = submitted.taken;
    const message = received(sent ?? { body: '' });
    const dead = deadRequest(message, new Error('x'), undefined, ports.pipeline);
    expect(dead.attributes).toMatchObject({ id: sent?.attributes?.['id'], chain: '1/9/first' });
    // Nor does one begin anew that waits for its source.
    expect(sameRequest(message, undefined, 1).attributes).toMatchObject({ chain: '1/9/first' });
  });

  test('and a chain that a stranger claims is ignored', async () => {
    const { ports, submitted } = build((n, { submit }) => submit([n], { id: 'next' }));
    await readBatch([buildRequest('a', { attributes: { chain: '-1/999999999999/x' } })], TIME_MS, ports);
    expect(submitted.taken).toMatchObject([{ attributes: { chain: '1/9/a' } }]);
  });
});

test('a request that a read submits is searched among the receipts since its root request, however short resubmitWithinMs is', async () => {
  const { ports, submitted } = build((_, { submit }) => submit(1, { id: 'x' }), {
    pipeline: { limits: { resubmitWithinMs: 0 } as Pipeline['limits'] },
  });
  await readBatch([buildRequest('a', { sentAt: 7_000 })], TIME_MS, ports);
  expect(submitted.taken[0]?.attributes?.['since']).toBe('7000');
});
