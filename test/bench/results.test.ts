import { describe, expect, test } from 'vitest';
import { type Conditions, type Outcome, putInto, type Result } from '../../bench/results.ts';

const conditions = (command: string): Conditions => ({
  date: '2026-11-28',
  command,
  machine: 'm',
  versions: 'v',
  load: [1, 2],
  quick: false,
  seed: 1,
  seconds: 3,
});

const result = (work: string, median: number): Result => ({
  work,
  system: 'weir',
  metric: 'CPU',
  unit: 'ms',
  median,
  min: median,
  max: median,
  runs: 1,
});

const outcome = (command: string, ...results: Result[]): Outcome => ({
  results,
  curves: results.map(({ work }) => ({ work: `${work}, CPU`, system: command, points: [] })),
  conditions: conditions(command),
});

describe('a run of some works', () => {
  test('replaces only their figures in the report, and states its own conditions', () => {
    const report = outcome('whole', result('W3', 1), result('W6', 2), result('growth', 3));
    const once = putInto(report, outcome('first', result('W6', 4), result('growth', 5)));
    const twice = putInto(once, outcome('second', result('W6', 6)));
    expect(twice.results.map(({ work, median }) => [work, median])).toEqual([
      ['W3', 1],
      ['growth', 5],
      ['W6', 6],
    ]);
    expect(twice.curves.map(({ work, system }) => [work, system])).toEqual([
      ['W3, CPU', 'whole'],
      ['growth, CPU', 'first'],
      ['W6, CPU', 'second'],
    ]);
    expect(twice.conditions.command).toBe('whole');
    expect(twice.later?.map(({ works, conditions: of }) => [works, of.command])).toEqual([
      [['growth'], 'first'],
      [['W6'], 'second'],
    ]);
  });
});
