import { expect, test } from 'vitest';
import { createRandom } from '../../model/random.ts';

const take = (seed: number, count: number) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, random);
};

test('a seed gives the same random numbers in every version', () => {
  expect(take(42, 100)).toEqual(take(42, 100));
  expect(take(42, 3)).toMatchInlineSnapshot(`
    [
      0.9066156058106571,
      0.03377833683043718,
      0.7557707352098078,
    ]
  `);
});

test('neighbouring seeds, and seeds that differ only above 32 bits, give other numbers', () => {
  const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
  expect(new Set(seeds.map((seed) => take(seed, 1)[0])).size).toBe(seeds.length);
});

test('the numbers are spread evenly from 0 up to 1', () => {
  const numbers = take(1, 100_000);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const tenths = new Array<number>(10).fill(0);
  for (const number of numbers) tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
  // Five standard deviations.
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
});

test('a seed that is not an integer is refused', () => {
  expect(() => createRandom(0.5)).toThrow('seed 0.5');
});
