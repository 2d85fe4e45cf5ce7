import { expect, test } from 'vitest';
import { quantile } from '../../bench/quantiles.ts';
import { articleRequests, quickRequests, readingsOf, scatteredRequests } from '../../bench/requests.ts';
import { scheduleOf, sequentialMs } from '../../bench/schedule.ts';
import fc from '../properties.ts';

test("the bound of the article's work is that of its second program: done at 5, 7.5, 10, 12.5 and 15 s", () => {
  const requests = articleRequests(1);
  expect(scheduleOf(requests, 200)).toEqual([5000, 7500, 10_000, 12_500, 15_000]);
  expect(sequentialMs(requests)).toBe(25_000);
});

test('with one read at a time, the schedule overlaps a read with the computation before it, and no more', () => {
  expect(scheduleOf(articleRequests(1), 1)).toEqual([5000, 7500, 10_000, 12_500, 15_000]);
  const oneKeyEach = articleRequests(1).map((request, index) => ({ ...request, key: `key-${index}` }));
  expect(scheduleOf(oneKeyEach, 5)).toEqual([5000, 5000, 5000, 5000, 5000]);
});

test('no schedule ends before its longest read, nor before what its busiest key computes', () => {
  const requests = fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      readMs: fc.nat(1000),
      busyMs: fc.nat(100),
      blockMs: fc.constant(0),
      values: fc.constantFrom([1], [1, 2]),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(requests, fc.integer({ min: 1, max: 50 }), (work, readsAtOnce) => {
      const effects = scheduleOf(work, readsAtOnce);
      const end = Math.max(...effects);
      expect(effects).toHaveLength(work.length);
      const computeMs = (key: string) =>
        work
          .filter((each) => each.key === key)
          .reduce((sum, { busyMs, values }) => sum + busyMs * values.length, 0);
      expect(end).toBeGreaterThanOrEqual(Math.max(...work.map(({ readMs }) => readMs)));
      expect(end).toBeGreaterThanOrEqual(Math.max(...['a', 'b', 'c'].map(computeMs)));
      expect(end).toBeLessThanOrEqual(sequentialMs(work) + 1e-6);
      expect(Math.max(...scheduleOf(work, 1))).toBeGreaterThanOrEqual(end);
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN])('%d reads at once are refused', (readsAtOnce) => {
  expect(() => scheduleOf(articleRequests(1), readsAtOnce)).toThrow(/reads at once/);
});

test('scattered reads have the stated median, tail and maximum, and are the same for the same seed', () => {
  const requests = scatteredRequests(20_000, 20, 7);
  const times = requests.map(({ readMs }) => readMs);
  expect(quantile(times, 0.5)).toBeGreaterThan(90);
  expect(quantile(times, 0.5)).toBeLessThan(110);
  expect(quantile(times, 0.99)).toBeGreaterThan(1300);
  expect(quantile(times, 0.99)).toBeLessThan(1900);
  expect(Math.max(...times)).toBe(5600);
  expect(scatteredRequests(20_000, 20, 7)).toEqual(requests);
  expect(scatteredRequests(20_000, 20, 8)).not.toEqual(requests);
});

test('packed or not, the quick work has the same readings', () => {
  const values = (perRequest: number) =>
    quickRequests(1000, 10, perRequest).flatMap((request) => request.values);
  expect(values(100)).toEqual(values(1));
  expect(readingsOf(quickRequests(1000, 10, 100))).toBe(1000);
});
