/**
 * The options and results of `weir run --all`. test/package/existing-app.test.ts tests that it runs the
 * pipelines.
 */
import { expect, test } from 'vitest';
import { worstOf } from '../../../cli/run/run-all.ts';
import { argumentsOf, requestFiles } from '../../../cli/run/run-all-arguments.ts';
import { parseRun } from '../../../cli/run/run-options.ts';

const NAMES = ['Meters', 'Bills'];

test.each([
  [[0, 0], 0],
  [[0, 4], 4],
  [[3, 4, 0], 3],
  [[3, 1], 1],
  [[1, 130], 130],
  [[0, 2], 2],
  [[0, undefined], 1],
])('the exit status of several runs is the worst of them: %j', (statuses, worst) => {
  expect(worstOf(statuses)).toBe(worst);
});

test('each of several runs gets its own requests and page, and the options for all runs', () => {
  const values = parseRun(['--all', '--stay', '--page=9000', '--env', 'A=b', '--chaos', '7']);
  const requests = requestFiles(['Bills=b=1.ndjson', 'Meters=m.ndjson'], NAMES, false);
  const files = { json: '.weir/Bills/summary.json', timeline: '.weir/Bills/timeline.html' };
  const args = argumentsOf(values, { stack: 'Site', name: 'Bills', index: 1, requests, ...files });
  const { all, pipeline, page, stay, env, chaos, 'requests-file': file } = parseRun(args);
  expect({ all, pipeline, page, stay, env, chaos, file }).toEqual({
    all: false,
    pipeline: 'Bills',
    page: '9001',
    stay: true,
    env: ['A=b'],
    chaos: '7',
    file: ['b=1.ndjson'],
  });
});

test.each([
  [['m.ndjson'], '--requests-file m.ndjson: with --all give NAME=FILE, and for NAME one of Meters, Bills'],
  [['Water=m.ndjson'], 'for NAME one of Meters, Bills'],
  [['Meters=m.ndjson', 'Meters=n.ndjson'], '--requests-file is given twice for Meters'],
  [['Meters=m.ndjson'], 'Bills has no requests: give --requests-file Bills=FILE, or --stay'],
])('requests that do not fit the pipelines of a stack are refused with their names: %j', (given, text) => {
  expect(() => requestFiles(given, NAMES, false)).toThrow(text);
});
