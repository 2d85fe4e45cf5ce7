/** The check's work in the model. `weir plan --check` compares it with a local run on the current machine. */
import { describe, expect, test } from 'vitest';
import { CHECK_READERS, runModel } from '../../../plan/check/run-model.ts';
import { CHECK, checkRequests, schedule, timesOf } from '../../../plan/check/work.ts';
import { localProfile } from '../../../plan/profile.ts';

const requests = checkRequests(1);

describe('the work', () => {
  test('is 2,000 requests over 20 keys, with reads as long as they are said to be', () => {
    const reads = requests.map(({ readMs }) => readMs).sort((a, b) => a - b);
    expect(requests).toHaveLength(CHECK.requests);
    expect(new Set(requests.map(({ key }) => key)).size).toBe(CHECK.keys);
    expect(reads[1000]).toBeGreaterThan(85);
    expect(reads[1000]).toBeLessThan(115);
    expect(reads.at(-1)).toBeLessThanOrEqual(5600);
  });

  test('is the same for the same seed', () => {
    expect(checkRequests(1)).toEqual(requests);
    expect(checkRequests(2)).not.toEqual(requests);
  });

  test('has a schedule that nothing undercuts', () => {
    const three = [30, 10, 10].map((readMs) => ({ key: 'a', readMs, computeMs: 5 }));
    expect(schedule(three)).toEqual(timesOf([15, 20, 35]));
  });
});

describe('the model', () => {
  test('makes every effect once, later than the schedule does', async () => {
    const { times, outcome } = await runModel(requests);
    const ideal = schedule(requests);
    expect(outcome.measured.committedAt).toHaveLength(CHECK.requests);
    expect(outcome.unfinished).toBe(0);
    expect(times.t50).toBeGreaterThan(ideal.t50);
    expect(times.t99).toBeGreaterThan(ideal.t99);
    expect(times.makespan).toBeGreaterThan(ideal.makespan);
  });

  test('keeps to the readers that it is given', async () => {
    const { outcome } = await runModel(requests);
    expect(outcome.reader.peak).toBe(CHECK_READERS);
    expect(outcome.counts.pulls).toBeGreaterThan(0);
  });

  test('is slower on one core than on two', async () => {
    const [two, one] = await Promise.all([
      runModel(requests),
      runModel(requests, { ...localProfile, cores: 1 }),
    ]);
    expect(one.times.t50).toBeGreaterThan(two.times.t50);
  });
});
