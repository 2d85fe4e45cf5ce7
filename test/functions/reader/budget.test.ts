/** The memory that all reads of an invocation may hold together. */
import { expect, test } from 'vitest';
import { defaultLimits } from '../../../functions/limits.ts';
import { readBatch } from '../../../functions/reader/reader.ts';
import { settle } from '../../clocks.ts';
import { buildReader, buildRequest, readingsOf, TIME_MS } from './reader-builder.ts';

const MEGABYTE = 2 ** 20;
/** A read may hold 8 MB then, ten small ones 160 KB each without asking. */
const limits = { ...defaultLimits, memoryMb: 128 };
const PAD = 'x'.repeat(100_000);

/** Reads that say what they want, and when somebody takes it. */
function buildHungry(bytesOf: (request: unknown) => number) {
  let held = 0;
  let most = 0;
  const reader = buildReader({
    pipeline: { limits },
    async *read(request) {
      let own = 0;
      for (let n = 0; own < bytesOf(request); n += 1) {
        own += PAD.length;
        held += PAD.length;
        most = Math.max(most, held);
        yield { n, pad: PAD };
      }
    },
  });
  const { send } = reader.ports;
  const sent = async (message: Parameters<typeof send>[0]) => {
    await reader.clock.sleep(1);
    held -= message.readings * PAD.length;
    return send(message);
  };
  return { ...reader, ports: { ...reader.ports, send: sent }, most: () => most };
}

test('reads that together need more memory than there is wait for each other, and all of them finish', async () => {
  const { clock, ports, readings, most } = buildHungry(() => 6 * MEGABYTE);
  const batch = Array.from({ length: 10 }, (_, n) => buildRequest(`r${n}`));
  const done = readBatch(batch, TIME_MS, ports);
  await clock.advance(20_000);
  expect(await done).toEqual([]);
  expect(readingsOf(readings.taken).flatMap(([, ...own]) => own)).toHaveLength(10 * 63);
  // The favoured one and the others have 8 MB each, and every read may hold one reading more before it waits.
  expect(most()).toBeLessThan(2 * 8 * MEGABYTE + 10 * PAD.length);
});

test('a small read does not wait for large ones', async () => {
  const { clock, ports, readings } = buildReader({
    pipeline: { limits },
    async *read(request) {
      for (let n = 0; n < (request === 'small' ? 1 : 200); n += 1) yield { n, pad: PAD };
      if (request !== 'small') await new Promise(() => undefined);
    },
  });
  const large = Array.from({ length: 9 }, (_, n) => buildRequest(`r${n}`));
  const done = readBatch([...large, buildRequest('small')], TIME_MS, ports);
  await clock.advance(1_000);
  expect(readingsOf(readings.taken).map(([request]) => request)).toEqual(['small']);
  await clock.advance(TIME_MS);
  await done;
});

test('a read that exceeds the bound of one request is set aside, and the reason says what to do', async () => {
  const { clock, ports, deadLetters } = buildHungry(() => 9 * MEGABYTE);
  const done = readBatch([buildRequest('r')], TIME_MS, ports);
  await clock.advance(1_000);
  expect(await done).toEqual([]);
  expect(deadLetters.taken.map(({ attributes }) => attributes?.['reason'])).toEqual([
    'the readings of the request take more than 8 MB, the most that one read may hold with limits.memoryMb 128; ' +
      'split the request, or raise memoryMb',
  ]);
});

test('a read whose time ends while it waits for memory is never dead-lettered for that', async () => {
  const { clock, ports, deadLetters, postponed } = buildReader({
    pipeline: { limits },
    async *read(request) {
      if (request === 'waits') await settle();
      for (let n = 0; n < 70; n += 1) yield { n, pad: PAD };
      if (request !== 'waits') await new Promise(() => undefined);
    },
  });
  const last = { receiveCount: limits.readAttempts };
  const batch = [buildRequest('waits', last), buildRequest('a'), buildRequest('b')];
  const done = readBatch(batch, TIME_MS, ports);
  for (let step = 0; step < 10; step += 1) await clock.advance(10);
  await clock.advance(TIME_MS);
  expect(await done).toEqual(['waits', 'a', 'b']);
  expect(deadLetters.taken).toEqual([]);
  expect(postponed.map(({ handle }) => handle)).toContain('handle of waits');
});
