/** The effects of a read on its process, and their cost for other reads. */
import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';
import { decodeMessage } from '../../../functions/decode-readings.ts';
import { defaultLimits, READS_TOGETHER } from '../../../functions/limits.ts';
import type { Observation } from '../../../functions/ports.ts';
import type { ReadingProcess } from '../../../functions/reader/apart.ts';
import { EVER } from '../../../functions/reader/gate/shared-source.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { startReadingProcess } from '../../../functions/reader/reading-process.ts';
import { catchStrays } from '../../../functions/reader/strays.ts';
import { settle } from '../../clocks.ts';
import { hostile } from './hostile-reads.ts';
import { buildReader, buildRequest, ENDS, readingsOf, startReadingHere, TIME_MS } from './reader-builder.ts';

const LAST = { receiveCount: defaultLimits.readAttempts };
const WORN = { receiveCount: READS_TOGETHER + 1 };
/** For reads that end: a slow machine reaches their end, and nobody waits for the rest of the time. */
const LONG_MS = 60_000;
/** For reads that are stopped, because the test waits for all of it. It doubles if that was too little for the others. */
const SHORT_MS = 2_000;
const INNOCENT = Array.from({ length: 8 }, (_, n) => `i${n}`);

/** Ends its process over 'k', when the reads beside it are under way. */
const ending = async (request: unknown) => {
  await settle();
  if (request === 'k') throw new Error(ENDS);
  await settle();
  return [request];
};

describe('a read that ends its process', () => {
  test('affects no other request: it alone is set aside, after it ended a process of its own', async () => {
    for (let place = 0; place <= INNOCENT.length; place += 1) {
      const { clock, ports, readings, deadLetters } = buildReader({ read: ending });
      const batch = INNOCENT.toSpliced(place, 0, 'k').map((id) => buildRequest(id, LAST));
      const done = readBatch(batch, 2 * TIME_MS, ports);
      await clock.advance(100);
      expect(await done).toEqual([]);
      expect(
        readingsOf(readings.taken)
          .map(([id]) => id)
          .sort(),
      ).toEqual(INNOCENT);
      expect(deadLetters.taken).toMatchObject([
        { body: '"k"', attributes: { reason: `the read ended its process: ${ENDS}` } },
      ]);
    }
  });

  test('counts as a failed attempt, and comes back until its attempts are used up', async () => {
    const { clock, ports, deadLetters, postponed } = buildReader({ read: ending });
    const done = readBatch([buildRequest('k', WORN), buildRequest('i0')], 2 * TIME_MS, ports);
    await clock.advance(100);
    expect(await done).toEqual(['k']);
    expect(deadLetters.taken).toEqual([]);
    expect(postponed).toMatchObject([{ handle: 'handle of k' }]);
  });

  test('leaves the others unread if time is short, and none of them is set aside for that', async () => {
    const { clock, ports, deadLetters, postponed } = buildReader({
      read: async (request) => {
        await clock.sleep(request === 'k' ? 20_000 : 21_000);
        return ending(request);
      },
    });
    const batch = [...INNOCENT, 'k'].map((id) => buildRequest(id, { receiveCount: 100 }));
    const done = readBatch(batch, 2 * defaultLimits.readTimeoutMs + 5_000, ports);
    for (let step = 0; step < 100; step += 1) await clock.advance(1_000);
    expect((await done).length).toBeGreaterThanOrEqual(7);
    expect(deadLetters.taken.every(({ body }) => body === '"k"')).toBe(true);
    const waits = postponed.map(({ seconds }) => seconds);
    expect(Math.max(...waits)).toBeLessThanOrEqual(65);
    expect(new Set(waits).size).toBeGreaterThan(3);
  });

  test('in a process that never starts uses up no attempt', async () => {
    const { clock, ports, deadLetters } = buildReader({ read: ending });
    const startReading = (): ReadingProcess => {
      const { promise: started, resolve } = Promise.withResolvers<boolean>();
      return {
        started,
        read: async () => ({ kind: 'ended', reason: 'never started' }),
        end: () => resolve(false),
      };
    };
    const batch = [buildRequest('a', { receiveCount: 100 })];
    const done = readBatch(batch, 2 * TIME_MS, { ...ports, startReading });
    await clock.advance(20_000);
    expect(await done).toEqual(['a']);
    expect(deadLetters.taken).toEqual([]);
  });

  test('frees the turn of its key before it is set aside, if others would wait for it', async () => {
    const { clock, ports, readings, deadLetters } = buildReader({
      pipeline: {
        read: ending,
        order: { by: 'request', sequence: () => 4, requestKey: String, gap: 'skip' },
      },
    });
    const done = readBatch([buildRequest('k', LAST)], TIME_MS, ports);
    await clock.advance(100);
    expect(await done).toEqual([]);
    expect(decodeMessage(readings.taken[0]?.body ?? '')).toMatchObject({ kind: 'tombstone', sequence: 4 });
    expect(deadLetters.taken).toHaveLength(1);
  });

  test('is read in a process of its own, after the others are done', async () => {
    let processes = 0;
    const { clock, ports, readings, removed } = buildReader({
      waiting: [buildRequest('worn', WORN)],
      read: async (request) => {
        await clock.sleep(100);
        return [request];
      },
    });
    const startReading = () => {
      processes += 1;
      expect(readingsOf(readings.taken)).toHaveLength(10);
      return startReadingHere(ports.pipeline, clock);
    };
    const batch = Array.from({ length: 10 }, (_, n) => buildRequest(`b${n}`));
    const done = readBatch(batch, 2 * TIME_MS, { ...ports, startReading });
    await clock.advance(1_000);
    expect(await done).toEqual([]);
    expect(processes).toBe(1);
    expect(removed).toEqual(['handle of worn']);
  });
});

test.each([
  ['exits', /^the read ended its process: exit code 3$/],
  ['aborts', /SIGABRT/],
  ['hangs up', /exit code 0$/],
  ['rejects', /^an error that nobody awaited: nobody awaits this$/],
  ['kills itself', /SIGKILL/],
  ['kills its group', /SIGKILL/],
  ['kills its parent', /SIGKILL/],
  ['exhausts the memory', /memory$/],
  ['holds Buffers', /^the read ended its process: it took more than 153 MB of memory$/],
  ['holds memory of WebAssembly', /^the read ended its process: it took more than 153 MB of memory$/],
  ['blocks', /did not come back within/],
  ['blocks in native code', /did not come back within/],
  ['waits for a command', /did not come back within/],
])(
  'a read that %s in a process of its own is set aside with its reason, and the others are read',
  async (harm, reason) => {
    const { ports, readings, deadLetters } = buildReader({ pipeline: hostile });
    const entry = new URL('./hostile-reads.ts', import.meta.url);
    const startReading = () => startReadingProcess(entry, hostile.limits);
    let batch = [buildRequest('a', WORN), buildRequest(harm, LAST)];
    const isStopped = reason.source.startsWith('did not come back');
    for (let readTimeoutMs = isStopped ? SHORT_MS : LONG_MS; batch.length > 0; readTimeoutMs *= 2) {
      const pipeline = { ...ports.pipeline, limits: { ...hostile.limits, readTimeoutMs } };
      const here = { ...ports, pipeline, clock: systemClock, startReading };
      const back = await readBatch(batch, 10 * LONG_MS, here);
      batch = batch.filter(({ messageId }) => back.includes(messageId));
    }
    expect(
      readingsOf(readings.taken)
        .map(([id]) => id)
        .sort(),
    ).toEqual(['a']);
    expect(deadLetters.taken.map(({ body }) => body)).toEqual([JSON.stringify(harm)]);
    expect(deadLetters.taken[0]?.attributes?.['reason']).toMatch(reason);
  },
);

test('a read in a process of its own that is told too late that it may begin asks again', async () => {
  const process = startReadingProcess(new URL('./hostile-reads.ts', import.meta.url), hostile.limits);
  const asked: string[] = [];
  const enter = async (source: string) => {
    asked.push(source);
    return asked.length === 1 ? systemClock.now() - 1 : EVER;
  };
  expect(await process.started).toBe(true);
  const ending = await process.read(buildRequest('a'), LONG_MS, () => undefined, enter);
  process.end('over');
  expect(ending).toMatchObject({ kind: 'done', readings: 1 });
  expect(asked).toEqual(['a', 'a']);
});

describe('an error that no code awaits', () => {
  function catching() {
    const events = new EventEmitter();
    const passed: unknown[] = [];
    events.on('unhandledRejection', (error) => passed.push(error));
    catchStrays(events);
    return { passed, emit: (error: Error) => events.emit('unhandledRejection', error, Promise.resolve()) };
  }

  test('fails only the read that caused it', async () => {
    const { emit, passed } = catching();
    const aborted: unknown[] = [];
    const { ports, readings, postponed } = buildReader({
      read: async (request, { signal }) => {
        await settle();
        if (request === 'leaves') emit(new Error('nobody awaits this'));
        if (signal.aborted) aborted.push(request);
        await settle();
        return [request];
      },
    });
    const batch = ['a', 'leaves', 'b'].map((id) => buildRequest(id));
    expect(await readBatch(batch, TIME_MS, ports)).toEqual(['leaves']);
    expect(aborted).toEqual(['leaves']);
    expect(readingsOf(readings.taken).map(([id]) => id)).toEqual(['a', 'b']);
    expect(postponed).toMatchObject([{ handle: 'handle of leaves' }]);
    expect(passed).toEqual([]);
  });

  test('is logged if it comes after its read has ended, and affects no request', async () => {
    const { emit, passed } = catching();
    const seen: Observation[] = [];
    let leave = () => {};
    const { ports } = buildReader({
      read: async (request) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        leave = resolve;
        void promise.then(() => emit(new Error('too late')));
        return [request];
      },
    });
    const observe = (observation: Observation) => void seen.push(observation);
    expect(await readBatch([buildRequest('a')], TIME_MS, { ...ports, observe })).toEqual([]);
    leave();
    await settle();
    expect(seen).toContainEqual(
      expect.objectContaining({ kind: 'failure', request: 'a', reason: expect.stringMatching(/too late$/) }),
    );
    expect(passed).toEqual([]);
  });

  test('is passed on unchanged if no read caused it', () => {
    const { emit, passed } = catching();
    const error = new Error('of the runtime');
    emit(error);
    expect(passed).toEqual([error]);
    const events = new EventEmitter();
    catchStrays(events);
    expect(() => events.emit('uncaughtException', error)).toThrow(error);
  });
});
