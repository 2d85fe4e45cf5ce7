import { expect, test } from 'vitest';
import type { Measurement } from '../../bench/measurement.ts';
import { quickRequests } from '../../bench/requests.ts';
import { createSamples } from '../../bench/results.ts';
import { runWork } from '../../bench/run-work.ts';
import { runAsync, runSequential } from '../../bench/systems/plain.ts';
import type { Entry } from '../../bench/works.ts';

const requests = quickRequests(100, 4, 5);

const workOf = (entries: readonly Entry[]) => ({ name: 'T', requests, limitMs: undefined, entries });
const entry = (system: string, run: () => Promise<Measurement>, runsMax?: number): Entry => ({
  system,
  requests,
  run,
  ...(runsMax === undefined ? {} : { runsMax }),
});
const spoilt = (change: (measurement: Measurement) => Partial<Measurement>) => async () => {
  const measurement = await runSequential(requests);
  return { ...measurement, ...change(measurement) };
};

test('runs are interleaved, and each system has as many samples as it had runs', async () => {
  const samples = createSamples();
  const started: string[] = [];
  const entries = [
    entry('one', () => runSequential(requests)),
    entry('two', () => runAsync(requests, 10)),
    entry('once', () => runSequential(requests), 1),
  ];
  await runWork(workOf(entries), 3, samples, (what) => started.push(what.split(' ')[1] ?? ''));
  expect(started).toEqual(['one', 'two', 'once', 'two', 'one', 'one', 'two']);
  const runs = samples.results().filter(({ metric }) => metric === 'rate');
  expect(runs.map(({ system, runs }) => [system, runs])).toEqual([
    ['one', 3],
    ['two', 3],
    ['once', 1],
  ]);
});

test.each([
  ['loses a reading', ({ totals }: Measurement) => ({ totals: new Map([...totals].slice(1)) })],
  [
    'counts a reading twice',
    ({ totals }: Measurement) => ({
      totals: new Map([...totals].map(([key, { count, sum }]) => [key, { count: count + 1, sum }])),
    }),
  ],
  [
    'takes another reading for it',
    ({ totals }: Measurement) => ({
      totals: new Map([...totals].map(([key, { count, sum }]) => [key, { count, sum: sum + 1 }])),
    }),
  ],
  ['does not say when its effects were made', ({ effects }: Measurement) => ({ effects: effects.slice(1) })],
])('a system that %s has no figures', async (_, change) => {
  const samples = createSamples();
  await expect(runWork(workOf([entry('bad', spoilt(change))]), 1, samples, () => undefined)).rejects.toThrow(
    /T, bad/,
  );
  expect(samples.results()).toEqual([]);
});

test('a figure that is not a number is refused and not averaged', () => {
  expect(() => createSamples().add('W', 'system', 'rate', 's', Number.NaN)).toThrow(/rate is NaN/);
});
