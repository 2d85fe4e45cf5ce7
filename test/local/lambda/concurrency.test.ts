import { expect, test } from 'vitest';
import { createConcurrency } from '../../../local/lambda/concurrency.ts';

test('a mapping starts with five batches at once, and with its maximum if that is less', () => {
  expect([createConcurrency(50).limit, createConcurrency(2).limit]).toEqual([5, 2]);
});

test('a mapping adds five batches while all are in use, up to its maximum', () => {
  const concurrency = createConcurrency(12);
  const grow = (inUse: number) => [concurrency.grow(inUse, false), concurrency.limit];
  expect(grow(4)).toEqual([false, 5]);
  expect(grow(5)).toEqual([true, 10]);
  expect(grow(9)).toEqual([false, 10]);
  expect(grow(10)).toEqual([true, 12]);
  expect(grow(12)).toEqual([false, 12]);
});

test('a mapping does not grow while all processors of this machine are busy', () => {
  const concurrency = createConcurrency(12);
  expect([concurrency.grow(5, true), concurrency.limit]).toEqual([false, 5]);
  expect([concurrency.grow(5, false), concurrency.limit]).toEqual([true, 10]);
});
