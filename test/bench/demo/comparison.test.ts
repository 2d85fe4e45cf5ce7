import { expect, test } from 'vitest';
import { callsOf, doneTimes, makespanOf, ratioToLimit } from '../../../bench/demo/comparison.ts';
import { renderDemoPage } from '../../../bench/demo/demo-page.ts';
import { renderDemoTable, renderDemoTimelines } from '../../../bench/demo/demo-text.ts';
import { terminalOf } from '../../../local/report/terminal.ts';
import { async2Observations, examplePrograms } from './example-demo.ts';

test('the observations of a run at a tenth of the time become calls at full scale', () => {
  const calls = callsOf(async2Observations(0.1), 0, 0.1);
  expect(calls).toHaveLength(5);
  expect(calls.map(({ bars }) => bars.map(({ kind }) => kind))).toEqual(Array(5).fill(['read', 'compute']));
  expect(calls.map(({ doneMs }) => Math.round(doneMs / 100))).toEqual([51, 76, 101, 126, 151]);
});

test('every call keeps its result', () => {
  const calls = callsOf(async2Observations(1), 0, 1, ['sum 1', 'sum 2']);
  expect(calls.map(({ result }) => result)).toEqual(['sum 1', 'sum 2', undefined, undefined, undefined]);
});

test('completions are told in order, and once when they are all the same', () => {
  const [sync, async1] = examplePrograms();
  expect(doneTimes(sync?.asyncio ?? [])).toBe('5.0, 10.0, 15.0, 20.0, 25.0 s');
  expect(doneTimes(async1?.asyncio ?? [])).toBe('5 at 5.0 s');
  expect(doneTimes([])).toBe('nothing done');
});

test('the ratio divides the end of the last call by the lower bound of the schedule', () => {
  const [sync] = examplePrograms();
  if (sync === undefined) throw new Error('the example has no programs');
  expect(makespanOf(sync.asyncio)).toBe(25_000);
  expect(ratioToLimit(sync.asyncio, sync)).toBe('1.67');
});

test.each([
  [0.1, 'with every time at 0.1 of full scale', 'shown 10 times as long as measured'],
  [0.3, 'with every time at 0.3 of full scale', 'shown 3.33 times as long as measured'],
  [1, 'run now on this machine at full scale', 'its times as measured'],
])(
  'at scale %d the text and the page say which programs ran now, which were measured earlier, and the scale',
  (scale, ...said) => {
    const programs = examplePrograms(scale);
    const pipe = terminalOf({}, {});
    for (const shown of [renderDemoTable(programs, scale, pipe), renderDemoPage(programs, scale)]) {
      expect(shown).toContain('asyncio: measured earlier with Python 3.11 at full scale, not run now.');
      for (const words of said) expect(shown).toContain(words);
    }
    for (const shown of [renderDemoTimelines(programs, pipe), renderDemoPage(programs, scale)]) {
      expect(shown).toContain('asyncio, measured earlier');
      expect(shown).toContain('Weir, run now');
      expect(shown).not.toContain('article');
    }
  },
);
