import { expect, test } from 'vitest';
import { overloadEnded, quickestMs } from '../../../simulate/sources/overload.ts';

const halving = { from: 40_000, to: 70_000 };
const never = { from: Number.POSITIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const working = { bears: { atOnce: 3, meanMs: 300 }, halving };
/** Seven reads inside until `until`, then three. */
const runUntil = (until: number) => ({
  inside: Array.from({ length: 500 }, (_, n) => (n * 100 < until ? 7 : 3)),
  refusedAt: [],
  askedAt: [],
});

test('the quickest limiter knows of a halving after one read, and then waits until the source has worked off what is too much', () => {
  expect(quickestMs(working, runUntil(41_000))).toBe(300 * (1 + 4));
  expect(quickestMs({ ...working, bears: { atOnce: 6, meanMs: 300 } }, runUntil(41_000))).toBe(0);
  expect(quickestMs({ bears: { rate: 20 }, halving }, runUntil(41_000))).toBe(0);
  expect(quickestMs({ ...working, halving: never }, runUntil(41_000))).toBeUndefined();
});

test('an overload has ended if no more than three reads for each place are inside from the second second on', () => {
  expect(overloadEnded(working, runUntil(42_000))).toBe(true);
  expect(overloadEnded(working, runUntil(42_100))).toBe(false);
  expect(overloadEnded({ ...working, halving: never }, runUntil(42_100))).toBeUndefined();
});
