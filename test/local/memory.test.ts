/** What a run holds in memory when its work is done, by its length. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { startRun } from '../../local/run.ts';

const FIRST = 40_000;
const MORE = 120_000;
const PER_REQUEST = 1_000;
const KEYS = 10;
/** Less than the smallest object and its place in an array. */
const BYTES_PER_READING = 16;

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heldBytes(): number {
  if (typeof collect !== 'function') throw new Error('V8 has no gc()');
  // The second collection frees what ended with the first one.
  for (let each = 0; each < 2; each += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function* requests(from: number, readings: number) {
  for (let first = from; first < from + readings; first += PER_REQUEST) {
    const key = `key-${(first / PER_REQUEST) % KEYS}`;
    const values = Array.from({ length: PER_REQUEST }, (_, index) => first + index);
    yield { body: JSON.stringify({ key, readMs: 0, busyMs: 0, blockMs: 0, values }) };
  }
}

test('a run keeps nothing of a single reading: four times as many take no more memory', {
  timeout: 1_200_000,
}, async () => {
  const run = await startRun({ pipeline: { file: 'bench/pipelines/totals.ts' } });
  onTestFinished(() => run.stop());
  await run.submit(requests(0, FIRST));
  await run.stack.atRest();
  const before = heldBytes();
  await run.submit(requests(FIRST, MORE));
  await run.stack.atRest();
  const more = heldBytes() - before;
  expect(run.seen().readings).toBe(FIRST + MORE);
  expect(more / MORE).toBeLessThan(BYTES_PER_READING);
});
