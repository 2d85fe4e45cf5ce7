import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { applyPatch } from '../../../simulate/campaign/patch-source.ts';
import { closedFigures } from '../../../simulate/sources/closed-course.ts';
import { createFaultCounter } from '../../../simulate/sources/fault-counts.ts';
import { figuresOf } from '../../../simulate/sources/figures.ts';
import { sourceMutants } from '../../../simulate/sources/gate-mutants.ts';
import { coursesWith, trySourceMutants } from '../../../simulate/sources/try-gate-mutants.ts';

const MINUTES = 60 * 60_000;

test('limits of a source are kept and used while environments die, the table is away or the item is lost', {
  timeout: MINUTES,
}, async () => {
  expect((await coursesWith([], [1, 2])).problems).toEqual([]);
});

test('a source that is closed for days and lies about it has nothing dead-lettered within 13 days, and nothing lost', {
  timeout: MINUTES,
}, async () => {
  const { counts, count } = createFaultCounter();
  for (const seed of [2, 5, 7, 8, 13, 16, 18, 19, 21, 30, 31, 34])
    expect(await closedFigures(seed, count)).toMatchObject({ deadTooSoon: 0, problems: [] });
  expect(Object.keys(counts).filter((fault) => fault.startsWith('refused')).length).toBeGreaterThan(4);
});

test('every planted bug of the gate is caught', { timeout: MINUTES }, async () => {
  expect(sourceMutants.length).toBeGreaterThanOrEqual(12);
  const tried = await trySourceMutants(sourceMutants, [1, 2]);
  expect(tried.filter(({ problems }) => problems.length === 0).map(({ name }) => name)).toEqual([]);
});

test('every planted bug of the gate changes a place that exists, once', () => {
  for (const mutant of sourceMutants) {
    const source = readFileSync(mutant.file, 'utf8');
    expect(applyPatch(source, mutant)).not.toBe(source);
  }
});

test('an adaptive source serves nearly what the best fixed setting gets, and refuses few', {
  timeout: MINUTES,
}, async () => {
  const figures = await Promise.all([1, 4, 5, 7, 10, 16].map(figuresOf));
  for (const { done, best, asked, refused } of figures) {
    expect(done).toBeGreaterThan(best * 0.85);
    expect(refused).toBeLessThan(asked * 0.05);
  }
});
