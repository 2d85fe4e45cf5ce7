import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { PermanentError } from '../../../functions/errors.ts';
import { defaultLimits, MESSAGE_BYTES_MAX } from '../../../functions/limits.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { buildIncoming } from '../../builders.ts';
import { buildReader, buildRequest, readingsOf, TIME_MS } from './reader-builder.ts';

const LAST_ATTEMPT = defaultLimits.readAttempts;
const gone = async () => Promise.reject(new PermanentError('gone'));

describe('a request that fails', () => {
  test.each([
    ['is not JSON', 'junk', /^request is not JSON/],
    ['is null', 'null', /does not fit the schema of test/],
    ['is an array', '[]', /does not fit the schema of test/],
    ['does not fit', '{"url":7}', /: \.url is a number|: it is an object/],
    ['holds a number nobody can hold', '{"url":9007199254740993}', /cannot be held exactly/],
    ['has a name twice', '{"url":"a","url":"b"}', /at \.url: this name comes twice/],
    ['holds a prototype', '{"url":"a","__proto__":{}}', /__proto__/],
    ['has an id of no use', '"a"', /request id of 513 characters/],
  ])(
    'because it %s goes to the dead-letter queue at once, and the others continue',
    async (_, body, reason) => {
      const request = v.union([v.string(), v.strictObject({ url: v.string() })]);
      const { ports, readings, deadLetters } = buildReader({
        pipeline: { request, read: async () => ['read'] },
      });
      const attributes: Record<string, string> = reason.source.includes('513') ? { id: 'x'.repeat(513) } : {};
      const bad = buildIncoming({ messageId: 'bad', body, sentAt: 77, attributes });
      expect(await readBatch([buildRequest('a'), bad, buildRequest('b')], TIME_MS, ports)).toEqual([]);
      expect(readingsOf(readings.taken).map(([id]) => id)).toEqual(['a', 'b']);
      expect(deadLetters.taken).toMatchObject([
        { body, attributes: { stage: 'read', attempts: '1', reason: expect.stringMatching(reason) } },
      ]);
    },
  );

  test.each([
    [1, 4, 5],
    [2, 8, 10],
    [9, 720, 900],
    [11, 720, 900],
  ])('temporarily comes back later: attempt %i after %i to %i s', async (receiveCount, least, most) => {
    const { ports, postponed, deadLetters } = buildReader({
      read: async () => Promise.reject(new Error('503')),
    });
    expect(await readBatch([buildRequest('a', { receiveCount })], TIME_MS, ports)).toEqual(['a']);
    expect(deadLetters.taken).toEqual([]);
    expect(postponed[0]?.seconds).toBeGreaterThanOrEqual(least);
    expect(postponed[0]?.seconds).toBeLessThanOrEqual(most);
  });

  test('on its last permitted attempt goes to the dead-letter queue with its last error', async () => {
    const { ports, deadLetters } = buildReader({ read: async () => Promise.reject(new Error('503')) });
    expect(await readBatch([buildRequest('a', { receiveCount: LAST_ATTEMPT })], TIME_MS, ports)).toEqual([]);
    expect(deadLetters.taken[0]?.attributes).toMatchObject({ reason: '503', attempts: String(LAST_ATTEMPT) });
  });

  test('stays on its queue when the dead-letter queue does not take it', async () => {
    const refused = buildReader({ read: gone, refuseDead: () => ({ reason: 'x', retriable: true }) });
    expect(await readBatch([buildRequest('a')], TIME_MS, refused.ports)).toEqual(['a']);
    const silent = buildReader({
      read: gone,
      refuseDead: () => {
        throw new Error('no answer');
      },
    });
    expect(await readBatch([buildRequest('a')], TIME_MS, silent.ports)).toEqual(['a']);
  });

  test.each([
    ['nothing', undefined],
    ['a value that JSON cannot hold', [Number.NaN]],
    ['a reading larger than a message', ['x'.repeat(MESSAGE_BYTES_MAX)]],
  ])('because its read gave %s fails alone', async (_, given) => {
    const { ports, readings } = buildReader({
      read: async (request) => (request === 'bad' ? (given as unknown[]) : [1]),
    });
    const back = await readBatch([buildRequest('a'), buildRequest('bad')], TIME_MS, ports);
    expect(back).not.toContain('a');
    expect(readingsOf(readings.taken)).toEqual([['a', 1]]);
  });

  test('keeps its identity through the dead-letter queue and back', async () => {
    let healthy = false;
    const { ports, deadLetters, readings } = buildReader({
      read: async () => (healthy ? ['read'] : gone()),
    });
    await readBatch([buildRequest('first', { sentAt: 1_000 })], TIME_MS, ports);
    healthy = true;
    const { body = '', attributes = {} } = deadLetters.taken[0] ?? {};
    const redriven = buildIncoming({ messageId: 'second', body, attributes, sentAt: 9_000_000 });
    expect(await readBatch([redriven], TIME_MS, ports)).toEqual([]);
    expect(decodeMessage(readings.taken[0]?.body ?? '')).toMatchObject({ request: 'first', since: 1_000 });
  });
});

describe('the place of a failed request in its order', () => {
  const inOrder = (gap: 'skip' | 'wait', read: Pipeline['read']): Partial<Pipeline> => ({
    read,
    order: { by: 'request', sequence: () => 4, requestKey: () => 'k', gap },
  });

  test('is taken even if its read gives no readings', async () => {
    const { ports, readings } = buildReader({ pipeline: inOrder('wait', async () => []) });
    await readBatch([buildRequest('r')], TIME_MS, ports);
    const sent = decodeMessage(readings.taken[0]?.body ?? '');
    expect(sent).toMatchObject({ kind: 'readings', sequence: 4, readings: [] });
  });

  test('is freed by a tombstone before the request is set aside, unless later requests are to wait', async () => {
    const skip = buildReader({ pipeline: inOrder('skip', gone) });
    expect(await readBatch([buildRequest('r')], TIME_MS, skip.ports)).toEqual([]);
    const sent = decodeMessage(skip.readings.taken[0]?.body ?? '');
    expect(sent).toMatchObject({ kind: 'tombstone', sequence: 4 });
    const wait = buildReader({ pipeline: inOrder('wait', gone) });
    expect(await readBatch([buildRequest('r')], TIME_MS, wait.ports)).toEqual([]);
    expect(wait.readings.taken).toEqual([]);
    // Refused over its id it still has its place.
    const nameless = buildReader({ pipeline: { ...inOrder('skip', async () => []), requestId: () => '' } });
    expect(await readBatch([buildRequest('r')], TIME_MS, nameless.ports)).toEqual([]);
    expect(nameless.deadLetters.taken).toHaveLength(1);
    expect(decodeMessage(nameless.readings.taken[0]?.body ?? '')).toMatchObject({
      kind: 'tombstone',
      sequence: 4,
    });
    const refuse = () => ({ reason: 'InvalidMessageContents', retriable: false });
    const refused = buildReader({ pipeline: inOrder('skip', gone), refuse });
    expect(await readBatch([buildRequest('r')], TIME_MS, refused.ports)).toEqual(['r']);
    expect(refused.deadLetters.taken).toEqual([]);
  });
});
