import { describe, expect, test } from 'vitest';
import { guilty, playHostile } from './hostile-play.ts';

const SEEDS = [1, 2, 3, 4, 5];
/** What any neighbour may need, and a guilty reading where there is time for it. */
const [DELIVERIES, DELIVERIES_OF_THE_GUILTY] = [4, 10];

describe('44 keys beside hostile computes', () => {
  test.each([8, 22])(
    'are committed within four deliveries, and each reading that ends its process is set aside within ten, beside %i of them',
    async (count) => {
      for (const seed of SEEDS) {
        const course = await playHostile(seed, guilty(count, 'kills'));
        expect(course.innocentDeliveries).toBeLessThanOrEqual(DELIVERIES);
        expect(course.guiltyDeliveries).toBeLessThanOrEqual(DELIVERIES_OF_THE_GUILTY);
      }
    },
  );

  test.each([8, 22])(
    'are committed within four deliveries beside %i that never end, and those are set aside within ten, and one more for each beyond eight',
    async (count) => {
      for (const seed of SEEDS) {
        const course = await playHostile(seed, guilty(count, 'loops', 'blocks'));
        expect(course.innocentDeliveries).toBeLessThanOrEqual(DELIVERIES);
        const further = Math.max(0, count - 8);
        expect(course.guiltyDeliveries).toBeLessThanOrEqual(DELIVERIES_OF_THE_GUILTY + further);
      }
    },
  );

  test.each([8, 22])(
    'beside %i that take the function along whenever they are tried, are never set aside, and pay a delivery for each at most',
    async (count) => {
      for (const seed of SEEDS) {
        const course = await playHostile(seed, guilty(count, 'hoards'));
        expect(course.innocentDeliveries).toBeLessThanOrEqual(DELIVERIES + count - 2);
      }
    },
  );
});
