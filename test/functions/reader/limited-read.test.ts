import { describe, expect, test } from 'vitest';
import { BusyError } from '../../../functions/errors.ts';
import type { IncomingMessage } from '../../../functions/incoming-message.ts';
import type { Pipeline } from '../../../functions/pipeline.ts';
import { createGate } from '../../../functions/reader/gate/gate.ts';
import { createHedges } from '../../../functions/reader/gate/hedges.ts';
import type { ReaderPorts } from '../../../functions/reader/read-request.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import type { SourceLimits } from '../../../functions/source.ts';
import { createRandom, createRecordingOutbox } from '../../builders.ts';
import { createMemoryAttempts, createMemorySources } from '../../memory-sources.ts';
import { buildReader, buildRequest, ENDS, readingsOf, TIME_MS } from './reader-builder.ts';

const HOUR_MS = 3_600_000;

interface Parts {
  readonly read?: Pipeline['read'];
  readonly limits?: SourceLimits;
  readonly of?: (request: unknown) => string;
  readonly pipeline?: Partial<Pipeline>;
}

/** Requests are their source: `"a"` is read from source a. */
function buildLimited({ read, limits = {}, of = String, pipeline }: Parts = {}) {
  const built = buildReader({
    ...(read === undefined ? {} : { read }),
    pipeline: { source: { of, ...limits }, ...pipeline },
  });
  const { clock, ports } = built;
  const store = createMemorySources();
  const attempts = createMemoryAttempts();
  const anew = createRecordingOutbox();
  const gateOf = (name: string) =>
    createGate({ ...ports, name, store, random: createRandom(), source: limits, limits: { readersMax: 50 } });
  const sources = { gate: gateOf('e0'), attempts, anew };
  const limited = { ...ports, sources };
  /** As another environment would do it. */
  const elsewhere = { ...ports, sources: { gate: gateOf('e1'), attempts, anew } };
  const run = async (messages: readonly IncomingMessage[], own: ReaderPorts = limited): Promise<string[]> => {
    const done = readBatch(messages, TIME_MS, own);
    await clock.advance(5_000);
    return done;
  };
  return { ...built, store, attempts, anew, limited, elsewhere, run };
}

const busy = (retryAfterMs?: number) => async (): Promise<never> => {
  throw new BusyError(retryAfterMs === undefined ? {} : { retryAfterMs });
};

describe('a request whose source', () => {
  test('refuses it comes back when the source said, as often as needed, and is never dead-lettered for that', async () => {
    const { run, postponed, deadLetters, clock, attempts } = buildLimited({ read: busy(HOUR_MS) });
    for (let receiveCount = 1; receiveCount <= 100; receiveCount += 1) {
      expect(await run([buildRequest('a', { receiveCount })])).toEqual(['a']);
      expect(postponed.at(-1)?.seconds).toBeGreaterThan(3_500);
      await clock.advance(HOUR_MS + 60_000);
    }
    expect(deadLetters.taken).toEqual([]);
    expect(attempts.counts.get('a') ?? 0).toBe(0);
  });

  test('is closed is not read by any environment, and its read is not begun', async () => {
    let reads = 0;
    const { run, elsewhere, postponed } = buildLimited({
      read: async () => {
        reads += 1;
        throw new BusyError({ retryAfterMs: 60_000 });
      },
    });
    await run([buildRequest('a')]);
    const others = ['b', 'c', 'd'].map((id) => buildRequest(id, { body: '"a"' }));
    expect(await run(others, elsewhere)).toEqual(['b', 'c', 'd']);
    expect(reads).toBe(1);
    expect(new Set(postponed.map(({ handle }) => handle)).size).toBe(4);
    for (const { seconds } of postponed) expect(seconds).toBeGreaterThan(50);
  });

  test('is closed leaves requests of other sources alone', async () => {
    const { run, readings } = buildLimited({
      read: async (request) => {
        if (request === 'a') throw new BusyError({ retryAfterMs: 60_000 });
        return [request];
      },
    });
    expect(await run([buildRequest('a'), buildRequest('b'), buildRequest('c')])).toEqual(['a']);
    expect(readingsOf(readings.taken).map(([id]) => id)).toEqual(['b', 'c']);
  });

  test('opens again is read then, with one attempt counted', async () => {
    const seen: number[] = [];
    let refusals = 3;
    const { run, readings, clock } = buildLimited({
      read: async (request, { attempt }) => {
        seen.push(attempt);
        refusals -= 1;
        if (refusals >= 0) throw new BusyError({ retryAfterMs: 10_000 });
        return [request];
      },
    });
    for (let receiveCount = 1; receiveCount <= 4; receiveCount += 1) {
      await run([buildRequest('a', { receiveCount })]);
      await clock.advance(20_000);
    }
    expect(seen).toEqual([1, 1, 1, 1]);
    expect(readingsOf(readings.taken)).toEqual([['a', 'a']]);
  });

  test('cannot be named is set aside with that reason', async () => {
    const { run, deadLetters } = buildLimited({
      of: () => {
        throw new Error('no host');
      },
    });
    expect(await run([buildRequest('a')])).toEqual([]);
    expect(deadLetters.taken[0]?.attributes?.['reason']).toMatch(/^source\.of threw/);
  });

  test('has a rate begins its reads at that rate, and the rest come back at that rate', async () => {
    const begun: number[] = [];
    const { run, clock, postponed } = buildLimited({
      read: async () => {
        begun.push(clock.now());
        return [];
      },
      of: () => 'one',
      limits: { rate: 4 },
    });
    const batch = Array.from({ length: 10 }, (_, n) => buildRequest(`r${n}`));
    const back = await run(batch);
    expect(begun.length + back.length).toBe(10);
    for (let n = 1; n < begun.length; n += 1)
      expect((begun[n] ?? 0) - (begun[n - 1] ?? 0)).toBeGreaterThanOrEqual(250);
    expect(postponed).toHaveLength(back.length);
    expect(back.length).toBeGreaterThan(0);
  });

  test('has a rate gives a read that another one kept from beginning in time a new turn, which no other environment gets', async () => {
    const begun: number[] = [];
    const { run, clock, store } = buildLimited({
      read: async () => {
        begun.push(clock.now());
        clock.spend(400); // It blocks the thread.
        return [];
      },
      of: () => 'one',
      limits: { rate: 20, burst: 5 },
    });
    const batch = Array.from({ length: 5 }, (_, n) => buildRequest(`r${n}`));
    await run(batch);
    expect(begun).toHaveLength(5);
    // The time for the next read of all environments is after the last read, not after the first five places of the rate.
    expect(store.items.get('one')?.next).toBeGreaterThan(begun.at(-1) ?? 0);
  });
});

test('a read whose error throws when it is looked at frees its slot', async () => {
  let reads = 0;
  const { run } = buildLimited({
    read: async () => {
      reads += 1;
      if (reads > 1) return [];
      throw Object.defineProperty(new Error('no'), 'status', {
        get: () => {
          throw new Error('hostile');
        },
      });
    },
    of: () => 'one',
    limits: { concurrency: 1 },
  });
  expect(await run([buildRequest('a')])).toEqual(['a']);
  expect(await run([buildRequest('b')])).toEqual([]);
});

describe('the attempts of a request whose source has limits', () => {
  test('are counted in the table, which sets it aside after readAttempts, whatever SQS counted', async () => {
    const { run, deadLetters, clock } = buildLimited({
      read: async () => {
        throw new Error('no such page');
      },
      pipeline: { limits: { ...buildReader().ports.pipeline.limits, readAttempts: 6 } },
    });
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      expect(await run([buildRequest('a', { receiveCount: attempt === 1 ? 1 : 7 * attempt })])).toEqual([
        'a',
      ]);
      await clock.advance(60_000);
    }
    expect(deadLetters.taken).toEqual([]);
    expect(await run([buildRequest('a', { receiveCount: 90 })])).toEqual([]);
    expect(deadLetters.taken).toMatchObject([{ attributes: { attempts: '6', reason: 'no such page' } }]);
  });

  test('are counted before they start from the fourth delivery on, so a read that ends its function is counted', async () => {
    const { run, attempts } = buildLimited();
    await run([buildRequest('a', { receiveCount: 4 })]);
    expect(attempts.counts.get('a')).toBe(1);
    const closed = buildLimited({ read: busy(1_000) });
    await closed.run([buildRequest('a', { receiveCount: 4 })]);
    expect(closed.attempts.counts.get('a')).toBe(0);
  });

  test('are made in a process of its own after many of them, and other requests are not', async () => {
    const { run, attempts, deadLetters, readings } = buildLimited({
      read: async (request) => {
        if (request === 'k') throw new Error(ENDS);
        return [request];
      },
      limits: { rate: 100 },
    });
    attempts.counts.set('k', 13);
    const back = await run([buildRequest('k', { receiveCount: 20 }), buildRequest('i')]);
    expect(back).toEqual([]);
    expect(readingsOf(readings.taken).map(([id]) => id)).toEqual(['i']);
    expect(deadLetters.taken).toMatchObject([
      { body: '"k"', attributes: { reason: `the read ended its process: ${ENDS}` } },
    ]);
  });

  test('that end in a 503 without a time count only while the source serves other reads', async () => {
    const unavailable = Object.assign(new Error('503'), { status: 503 });
    const { run, attempts, clock } = buildLimited({
      read: async (request) => {
        if (request === 'ill') throw unavailable;
        return [request];
      },
      of: () => 'one',
    });
    await run([buildRequest('ill')]);
    expect(attempts.counts.get('ill')).toBe(1);
    await clock.advance(10_000);
    await run([buildRequest('ill', { receiveCount: 2 })]);
    expect(attempts.counts.get('ill')).toBe(1);
    await clock.advance(10_000);
    await run([buildRequest('well')]);
    await clock.advance(10_000);
    await run([buildRequest('ill', { receiveCount: 3 })]);
    expect(attempts.counts.get('ill')).toBe(2);
  });

  test('set nothing aside if they cannot be counted', async () => {
    const own = buildLimited({
      read: async () => {
        throw new Error('no such page');
      },
    });
    const gone = {
      load: () => Promise.reject(new Error('gone')),
      add: () => Promise.reject(new Error('gone')),
    };
    const ports = { ...own.limited, sources: { ...own.limited.sources, attempts: gone } };
    expect(await own.run([buildRequest('a', { receiveCount: 400 })], ports)).toEqual(['a']);
    expect(own.deadLetters.taken).toEqual([]);
  });
});

describe('a request that waits for its source', () => {
  test('is sent again long before SQS would set it aside, with its id, its time and its attempts', async () => {
    const { run, anew, attempts, postponed } = buildLimited({ read: busy(HOUR_MS) });
    attempts.counts.set('a', 3);
    expect(await run([buildRequest('a', { receiveCount: 500, sentAt: 12_345 })])).toEqual([]);
    expect(postponed).toEqual([]);
    expect(anew.taken).toMatchObject([
      {
        body: '"a"',
        delaySeconds: 900,
        attributes: { messageId: 'a', since: '12345', firstSent: '12345', tried: '3' },
      },
    ]);
  });

  test('and is sent again is the same request: its readings have the same ids, and its attempts continue', async () => {
    const seen: unknown[] = [];
    const { run, readings } = buildLimited({
      read: async (request, { id, attempt }) => {
        seen.push([id, attempt]);
        return [request];
      },
    });
    await run([buildRequest('a', { sentAt: 12_345 })]);
    const attributes = { messageId: 'a', since: '12345', firstSent: '12345', tried: '3' };
    await run([buildRequest('b', { body: '"a"', sentAt: 99_999, attributes })]);
    expect(seen).toEqual([
      ['a', 1],
      ['a', 4],
    ]);
    expect(readings.taken[0]?.deduplicationId).toBe(readings.taken[1]?.deduplicationId);
  });

  test('comes back after its visibility timeout if it cannot be sent again', async () => {
    const own = buildLimited({ read: busy(HOUR_MS) });
    const anew = createRecordingOutbox(() => ({ reason: 'InternalError', retriable: true }));
    const ports = { ...own.limited, sources: { ...own.limited.sources, anew } };
    expect(await own.run([buildRequest('a', { receiveCount: 600 })], ports)).toEqual(['a']);
    expect(own.postponed).toHaveLength(1);
  });

  test('never waits longer than SQS lets it, and is set aside with the reason before its queue drops it for its age', async () => {
    const day = buildLimited({ read: busy(24 * HOUR_MS) });
    await day.run([buildRequest('a')]);
    expect(day.postponed[0]?.seconds).toBeLessThanOrEqual(43_200);
    const old = buildLimited({ read: busy(HOUR_MS) });
    await old.clock.advance(13 * 24 * HOUR_MS + 1_000);
    expect(await old.run([buildRequest('a', { sentAt: 0 })])).toEqual([]);
    expect(old.deadLetters.taken[0]?.attributes?.['reason']).toMatch(/busy, and it has waited for 13 days$/);
  });
});

describe('a pipeline that names no sources', () => {
  test('pays nothing for them: its reader has no gate, no table and makes no additional call', async () => {
    const { ports, clock, postponed, pulls, removed } = buildReader({ read: async (request) => [request] });
    expect(ports.sources).toBeUndefined();
    const done = readBatch([buildRequest('a'), buildRequest('b', { receiveCount: 3 })], TIME_MS, ports);
    await clock.advance(0);
    expect(await done).toEqual([]);
    expect([postponed, pulls, removed]).toEqual([[], [], []]);
  });

  test('takes a BusyError like any other failure: the read is tried again, and counted', async () => {
    const { ports, clock, deadLetters } = buildReader({ read: busy(1_000) });
    const done = readBatch([buildRequest('a', { receiveCount: 14 })], TIME_MS, ports);
    await clock.advance(1_000);
    expect(await done).toEqual([]);
    expect(deadLetters.taken).toHaveLength(1);
  });
});

test('a slow read that may be attempted twice sends the readings and the requests of one attempt, under the same id', async () => {
  const ids: string[] = [];
  let attempts = 0;
  const built = buildLimited({
    pipeline: {
      async read(_request, { id, submit }) {
        ids.push(id);
        attempts += 1;
        const own = attempts;
        if (own === 61) await built.clock.sleep(2_000);
        submit('more', { id: `from ${own}` });
        return [own];
      },
    },
  });
  const hedges = createHedges();
  const ports = { ...built.limited, sources: { ...built.limited.sources, hedges } };
  for (let n = 0; n < 61; n += 1) {
    const request = buildRequest(`r${n}`, { body: '"a"' });
    expect(await built.run([request], ports)).toEqual([]);
  }
  expect(ids.filter((id) => id === 'r60')).toHaveLength(2);
  expect(readingsOf(built.readings.taken).flat()).not.toContain(61);
  expect(JSON.stringify(built.submitted.taken)).toContain('from 62');
  expect(JSON.stringify(built.submitted.taken)).not.toContain('from 61');
});
