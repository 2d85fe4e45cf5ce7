import { expect, test } from 'vitest';
import { createRandom } from '../../model/random.ts';
import { arrivals, chooseExcerpt } from '../../plan/arrivals.ts';
import { workload } from './workload-builder.ts';

test('requests come in order and as many as the rate says', () => {
  const work = workload({ requestsPerSecond: 100 });
  const excerpt = chooseExcerpt(work, 10_000, 100);
  const times = [...arrivals(work, excerpt, createRandom(1))].map(({ at }) => at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.length / 10_000).toBeCloseTo(1, 1);
});

test('a burst comes at its time and in full, however quiet it is in between', () => {
  const burst = { requestsPerSecond: 400, seconds: 10, everySeconds: 100 };
  const work = workload({ requestsPerSecond: 0.001, burst });
  const requests = [...arrivals(work, chooseExcerpt(work, 100_000, 100), createRandom(1))];
  const inBurst = requests.filter(({ at }) => at % 100_000 < 10_000);
  expect(inBurst.length / 8_000).toBeCloseTo(1, 1);
  expect(requests.length - inBurst.length).toBeLessThan(5);
});

test('in request order each key counts from 1', () => {
  const work = workload({ keys: 3, order: 'request' });
  const sequences = new Map<number, number[]>();
  for (const { keys, sequence } of arrivals(work, chooseExcerpt(work, 2_000, 100), createRandom(1))) {
    const [key = 0] = keys;
    sequences.set(key, [...(sequences.get(key) ?? []), sequence]);
  }
  expect(sequences.size).toBe(3);
  for (const own of sequences.values()) expect(own).toEqual(own.map((_, index) => index + 1));
});

test('a rate too high to simulate in full becomes a slice of about the size asked for', () => {
  const work = workload({ requestsPerSecond: 1e6, keys: 1e6 });
  const { expectedRequests, keys } = chooseExcerpt(work, 20_000, 1_000);
  expect(keys.share).toBeLessThan(0.01);
  expect(expectedRequests).toBeGreaterThan(5_000);
  expect(expectedRequests).toBeLessThan(200_000);
});

test('the requests of a backlog all wait before the start, and are as many as the rate says', () => {
  const work = workload({ requestsPerSecond: 100, arrivals: 'backlog' });
  const excerpt = chooseExcerpt(work, 10_000, 100);
  const times = [...arrivals(work, excerpt, createRandom(1))].map(({ at }) => at);
  expect(times).toEqual(new Array<number>(10_000).fill(0));
});
