import { describe, expect, test } from 'vitest';
import { createRandom } from '../../model/random.ts';
import { constant, draw, lognormal, meanOfLongest, sampled, shareAbove } from '../../plan/distribution.ts';
import fc from '../properties.ts';

describe('a lognormal distribution', () => {
  const read = lognormal({ median: 100, p99: 1600, max: 5600 });

  test('has the median, the 99th percentile and the longest that it was given', () => {
    expect(read.quantile(0.5)).toBeCloseTo(100, 6);
    expect(read.quantile(0.99)).toBeCloseTo(1600, 3);
    expect(read.quantile(1)).toBe(5600);
  });

  test('is drawn with its mean', () => {
    const random = createRandom(1);
    let total = 0;
    for (let count = 0; count < 200_000; count += 1) total += draw(read, random);
    expect(total / 200_000 / read.mean).toBeCloseTo(1, 1);
  });

  test('never gives a negative, infinite or missing number', () => {
    const times = fc.double({ min: 0.001, max: 900_000, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(times, times, share, (a, b, p) => {
        fc.pre(a !== b);
        const value = lognormal({ median: Math.min(a, b), p99: Math.max(a, b) }).quantile(p);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
    );
  });
});

test('samples come back as they were given, each as often as the others', () => {
  const samples = sampled([30, 10, 20]);
  expect([0, 0.4, 0.99].map(samples.quantile)).toEqual([10, 20, 30]);
  expect(samples.mean).toBe(20);
});

test('the longest of ten is the mean of the maximum of ten draws', () => {
  const samples = sampled([1, 2]);
  expect(meanOfLongest(samples, 10)).toBeCloseTo(2 - 1 / 1024, 3);
  expect(meanOfLongest(constant(7), 10)).toBeCloseTo(7, 9);
});

test('the share above a time is what lies above it', () => {
  expect(shareAbove(lognormal({ median: 100, p99: 1600 }), 1600)).toBeCloseTo(0.01, 6);
  expect(shareAbove(constant(7), 8)).toBe(0);
  expect(shareAbove(constant(9), 8)).toBeCloseTo(1, 6);
});
