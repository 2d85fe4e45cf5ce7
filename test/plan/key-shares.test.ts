import { describe, expect, test } from 'vitest';
import { createRandom } from '../../model/random.ts';
import { keyShares, sliceOfKeys } from '../../plan/key-shares.ts';

test('the hottest of four keys gets its share by rank', () => {
  expect(keyShares(4, 0).hottest).toBeCloseTo(0.25, 9);
  expect(keyShares(4, 1).hottest).toBeCloseTo(1 / (1 + 1 / 2 + 1 / 3 + 1 / 4), 9);
});

test('keys are drawn as often as their shares say', () => {
  const keys = keyShares(4, 1);
  const random = createRandom(1);
  const drawn = [0, 0, 0, 0];
  for (let count = 0; count < 100_000; count += 1) {
    const key = keys.draw(random);
    drawn[key] = (drawn[key] ?? 0) + 1;
  }
  const harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4;
  for (const [key, count] of drawn.entries()) {
    expect(count / 100_000).toBeCloseTo(1 / (key + 1) / harmonic, 2);
  }
});

describe('more keys than are kept one by one', () => {
  test('are drawn within their number, the far half about as often as it should be', () => {
    const keys = keyShares(10_000_000, 0);
    const random = createRandom(2);
    let far = 0;
    for (let count = 0; count < 20_000; count += 1) {
      const key = keys.draw(random);
      expect(key).toBeGreaterThanOrEqual(0);
      expect(key).toBeLessThan(10_000_000);
      if (key >= 5_000_000) far += 1;
    }
    expect(far / 20_000).toBeCloseTo(0.5, 1);
  });

  test('have a hottest key that grows with the skew', () => {
    const hottest = [0, 0.5, 1, 2].map((skew) => keyShares(1e9, skew).hottest);
    expect(hottest).toEqual(hottest.toSorted((a, b) => a - b));
    expect(hottest[0]).toBeCloseTo(1e-9, 12);
    expect(hottest[3]).toBeCloseTo(6 / Math.PI ** 2, 3);
  });
});

test('a slice of even keys has its part of the keys and of the requests', () => {
  const slice = sliceOfKeys(1_000, 0, 0.1);
  expect(slice.count).toBe(100);
  expect(slice.share).toBeCloseTo(0.1, 6);
});

test('a key of a slice is asked for as often as it is in the whole', () => {
  // Of the slice, key number 5 stands for rank 5.5 / 0.01 = 550 of all.
  const slice = sliceOfKeys(100_000, 1, 0.01);
  const random = createRandom(3);
  let hits = 0;
  for (let count = 0; count < 400_000; count += 1) if (slice.draw(random) === 5) hits += 1;
  const harmonic = Math.log(100_000) + 0.5772;
  expect(((hits / 400_000) * slice.share) / (1 / 550 / harmonic)).toBeCloseTo(1, 1);
});
