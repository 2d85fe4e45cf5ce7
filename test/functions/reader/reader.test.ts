import { describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import type { ReadContext } from '../../../functions/pipeline.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { settle } from '../../clocks.ts';
import { buildReader, buildRequest, readingsOf, TIME_MS } from './reader-builder.ts';

const hang = ({ signal }: ReadContext) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('the reads of a batch', () => {
  test('run side by side, and readings leave as their read ends', async () => {
    const ends = new Map<unknown, () => void>();
    const { ports, readings } = buildReader({
      read: (request) => new Promise((resolve) => ends.set(request, () => resolve([request]))),
    });
    const done = readBatch(
      ['a', 'b', 'c'].map((id) => buildRequest(id)),
      TIME_MS,
      ports,
    );
    await settle();
    expect([...ends.keys()]).toEqual(['a', 'b', 'c']);
    ends.get('b')?.();
    await settle();
    expect(readingsOf(readings.taken)).toEqual([['b', 'b']]);
    ends.get('c')?.();
    ends.get('a')?.();
    expect(await done).toEqual([]);
    expect(readingsOf(readings.taken)).toEqual([
      ['b', 'b'],
      ['c', 'c'],
      ['a', 'a'],
    ]);
  });

  test('that hang are aborted at their deadline, alone; the others are acknowledged', async () => {
    const aborted: string[] = [];
    const { clock, ports, readings, postponed } = buildReader({
      read: async (request, context) => {
        if (request !== 'hangs') return [request];
        context.signal.addEventListener('abort', () => aborted.push(context.id));
        return hang(context);
      },
    });
    const done = readBatch(
      ['a', 'hangs', 'b'].map((id) => buildRequest(id)),
      TIME_MS,
      ports,
    );
    await clock.advance(24_999);
    expect(aborted).toEqual([]);
    await clock.advance(1);
    expect(await done).toEqual(['hangs']);
    expect(aborted).toEqual(['hangs']);
    expect(readingsOf(readings.taken)).toEqual([
      ['a', 'a'],
      ['b', 'b'],
    ]);
    expect(postponed).toMatchObject([{ handle: 'handle of hangs' }]);
  });

  test('end before the invocation, even if less time is left than a read may take', async () => {
    const { clock, ports } = buildReader({ read: (_, context) => hang(context) });
    const done = readBatch([buildRequest('a')], 8_000, ports);
    await clock.advance(3_000);
    expect(await done).toEqual(['a']);
  });

  test('that were given up send nothing, even if they end in a later invocation', async () => {
    let end: (readings: unknown[]) => void = () => undefined;
    const { clock, ports, readings } = buildReader({
      read: (request) =>
        request === 'deaf'
          ? new Promise((resolve) => {
              end = resolve;
            })
          : Promise.resolve([request]),
    });
    const done = readBatch([buildRequest('deaf')], TIME_MS, ports);
    await clock.advance(25_000);
    expect(await done).toEqual(['deaf']);
    end(['too late']);
    expect(await readBatch([buildRequest('next')], TIME_MS, ports)).toEqual([]);
    await settle();
    expect(readingsOf(readings.taken)).toEqual([['next', 'next']]);
  });

  test('whose sending failed have no open calls when the handler returns', async () => {
    const { clock, ports, readings } = buildReader({
      read: async () => ['refused', 'slow'],
      pipeline: { order: { by: 'arrival', key: String } },
      refuse: ({ group }, call) => {
        if (group === 'refused') return { reason: 'InvalidMessageContents', retriable: false };
        return call < 4 ? { reason: 'InternalError', retriable: true } : undefined;
      },
    });
    let calls = 0;
    const done = readBatch([buildRequest('a')], TIME_MS, ports).then((back) => {
      calls = readings.calls.length;
      return back;
    });
    await clock.advance(60_000);
    expect(await done).toEqual(['a']);
    expect(readings.calls).toHaveLength(calls);
  });

  test('see their id, their attempt and a signal', async () => {
    const seen: unknown[] = [];
    const { ports } = buildReader({
      read: async (request, { id, attempt, signal }) => {
        seen.push([request, id, attempt, signal.aborted]);
        return [];
      },
    });
    const given = buildRequest('m', { receiveCount: 3, attributes: { id: 'given' } });
    expect(await readBatch([buildRequest('a'), given], TIME_MS, ports)).toEqual([]);
    expect(seen).toEqual([
      ['a', 'a', 1, false],
      ['m', 'given', 3, false],
    ]);
  });
});

describe('a message with readings', () => {
  test('must be confirmed by SQS, or the request comes back', async () => {
    const { clock, ports } = buildReader({
      read: async (request) => [request],
      refuse: ({ body }) =>
        body.includes('"lost"') ? { reason: 'SQS did not account for it', retriable: true } : undefined,
    });
    const done = readBatch([buildRequest('a'), buildRequest('lost')], TIME_MS, ports);
    await clock.advance(10_000);
    expect(await done).toEqual(['lost']);
  });

  test('of one request and key is sent after the one before it was accepted', async () => {
    let refusals = 2;
    const { clock, ports, readings } = buildReader({
      read: async () => ['a', 'b', 'c'].map((letter) => letter.repeat(200_000)),
      refuse: ({ body }) => {
        if (!body.includes('aaa') || refusals === 0) return undefined;
        refusals -= 1;
        return { reason: 'InternalError', retriable: true };
      },
    });
    const done = readBatch([buildRequest('r')], TIME_MS, ports);
    await clock.advance(10_000);
    expect(await done).toEqual([]);
    for (const call of readings.calls) expect(call).toHaveLength(1);
    expect(readings.taken.map(({ body }) => decodeMessage(body).chunk)).toEqual([0, 1, 2]);
  });

  test('is sent for each key, with its own id', async () => {
    const { ports, readings } = buildReader({
      read: async () => ['x', 'y', 'x'],
      pipeline: { order: { by: 'arrival', key: String } },
    });
    await readBatch([buildRequest('r')], TIME_MS, ports);
    expect(readings.taken.map(({ group }) => group)).toEqual(['x', 'y']);
    expect(new Set(readings.taken.map(({ deduplicationId }) => deduplicationId)).size).toBe(2);
  });

  test('never depends on the other requests of the batch: {1,2} and then {1,3} sends 3', async () => {
    const { ports, readings } = buildReader({ read: async (request) => [request] });
    await readBatch([buildRequest('1'), buildRequest('2')], TIME_MS, ports);
    await readBatch([buildRequest('1'), buildRequest('3')], TIME_MS, ports);
    const taken = Map.groupBy(readings.taken, ({ deduplicationId = '' }) => deduplicationId);
    const kept = [...taken.values()].map(([first]) => decodeMessage(first?.body ?? '').request);
    expect(kept).toEqual(['1', '2', '3']);
  });
});
