/** Runs the systems of a work, interleaved, checks their totals, and turns measurements into results. */
import type { BillLine } from '../local/bill/bill.ts';
import type { Effect, Measurement } from './measurement.ts';
import { readingsOf } from './requests.ts';
import type { Samples } from './results.ts';
import { sequentialMs } from './schedule.ts';
import type { Entry, Work } from './works.ts';

export async function runWork(
  work: Work,
  runs: number,
  samples: Samples,
  onStart: (what: string) => void,
): Promise<void> {
  addLimits(work, samples);
  for (let run = 0; run < runs; run += 1) {
    // Each round begins with another system, so that none always runs after the same one.
    const order = work.entries.map((_, index) => work.entries[(index + run) % work.entries.length]);
    for (const entry of order) {
      if (entry === undefined || run >= (entry.runsMax ?? runs)) continue;
      onStart(`${work.name} ${entry.system} ${run + 1}/${entry.runsMax ?? runs}`);
      const measurement = await entry.run();
      assertExact(work.name, entry, measurement);
      addFigures(work, entry, measurement, samples);
    }
  }
}

function addLimits({ name, requests, limitMs }: Work, samples: Samples): void {
  if (limitMs === undefined) return;
  const effects = limitMs.map((atMs, index) => ({ atMs, readings: requests[index]?.values.length ?? 1 }));
  addTimes(name, 'limit of the schedule', effects, samples);
  samples.add(name, 'sequential, by addition', 'makespan', 's', sequentialMs(requests) / 1000);
}

/** A system that loses, duplicates or mixes up readings has no results. */
function assertExact(work: string, { system, requests }: Entry, { effects, totals }: Measurement): void {
  const expected = new Map<string, { count: number; sum: number }>();
  for (const { key, values } of requests) {
    const total = expected.get(key) ?? { count: 0, sum: 0 };
    expected.set(key, {
      count: total.count + values.length,
      sum: total.sum + values.reduce((sum, value) => sum + value, 0),
    });
  }
  for (const [key, { count, sum }] of expected) {
    const made = totals.get(key);
    if (made?.count === count && made.sum === sum) continue;
    throw new Error(
      `${work}, ${system}: ${key} has ${made?.count} readings of sum ${made?.sum}, not ${count} of ${sum}`,
    );
  }
  const seen = effects.reduce((sum, { readings }) => sum + readings, 0);
  if (seen !== readingsOf(requests)) {
    throw new Error(`${work}, ${system}: ${seen} effects were seen, not ${readingsOf(requests)}`);
  }
}

function addFigures(work: Work, { system, requests }: Entry, measured: Measurement, samples: Samples): void {
  const { name, limitMs } = work;
  const { effects, cpuMs, calls, bill } = measured;
  const readings = readingsOf(requests);
  const add = (metric: string, unit: string, value: number) => samples.add(name, system, metric, unit, value);
  if (limitMs !== undefined) {
    addTimes(name, system, effects, samples);
    const limits = limitMs.map((atMs) => ({ atMs, readings: 1 }));
    for (const share of SHARES) {
      add(`${nameOf(share)} / limit`, 'ratio', timeOf(effects, share) / timeOf(limits, share));
    }
  }
  add('readings', 'count', readings);
  add('rate', 'readings/s', (readings / timeOf(effects, 1)) * 1000);
  add('CPU', 'ms/reading', cpuMs / readings);
  if (bill !== undefined) {
    add('list price', 'USD/million readings', bill.perMillionUsd);
    for (const [service, usd] of priceByService(bill.lines))
      add(`list price, ${service}`, 'USD/million readings', usd);
  }
  for (const [operation, count] of Object.entries(calls ?? {}))
    add(operation, 'calls/reading', count / readings);
  addCommitCost(effects, calls, add);
}

function priceByService(lines: readonly BillLine[]): Map<string, number> {
  const prices = new Map<string, number>();
  for (const { item, perMillionUsd } of lines) {
    const [service = item] = item.split('.');
    prices.set(service, (prices.get(service) ?? 0) + perMillionUsd);
  }
  return prices;
}

const SHARES = [0.5, 0.99, 1] as const;

function nameOf(share: number): string {
  return share === 1 ? 'makespan' : `t${share * 100}`;
}

function addTimes(work: string, system: string, effects: readonly Effect[], samples: Samples): void {
  for (const share of SHARES) samples.add(work, system, nameOf(share), 's', timeOf(effects, share) / 1000);
  samples.addCurve({ work, system, points: curveOf(effects) });
}

/** Time by which this share of the effects was made. */
export function timeOf(effects: readonly Effect[], share: number): number {
  const sorted = [...effects].sort((a, b) => a.atMs - b.atMs);
  const wanted = share * sorted.reduce((sum, { readings }) => sum + readings, 0);
  let made = 0;
  for (const { atMs, readings } of sorted) {
    made += readings;
    if (made >= wanted - 1e-9) return atMs;
  }
  throw new Error('there are no effects');
}

const CURVE_POINTS = 200;

function curveOf(effects: readonly Effect[]): [number, number][] {
  const total = effects.reduce((sum, { readings }) => sum + readings, 0);
  const points = Math.min(CURVE_POINTS, effects.length);
  return Array.from({ length: points }, (_, index) => {
    const share = (index + 1) / points;
    return [Math.round(timeOf(effects, share)) / 1000, Math.round(share * total)];
  });
}

/** Only Weir folds: the store's calls per commit, that is per key and batch. */
function addCommitCost(
  effects: readonly Effect[],
  calls: Measurement['calls'],
  add: (metric: string, unit: string, value: number) => void,
): void {
  if (calls === undefined) return;
  const of = (pattern: RegExp) =>
    Object.entries(calls).reduce((sum, [name, count]) => sum + (pattern.test(name) ? count : 0), 0);
  add('readings/commit', 'count', effects.reduce((sum, { readings }) => sum + readings, 0) / effects.length);
  add('writes/commit', 'calls', of(/^DynamoDB\.(Put|Update|Transact)/) / effects.length);
  add('reads/commit', 'calls', of(/^DynamoDB\.(Get|Query)/) / effects.length);
}
