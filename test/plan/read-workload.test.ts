import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../functions/limits.ts';
import { readWorkload, readWorkloadFile } from '../../plan/read-workload.ts';
import { temporaryFolder } from '../infra/temporary-folder.ts';
import { workload } from './workload-builder.ts';

describe('a workload that cannot be planned is refused by name, with the value and what to give:', () => {
  test.each([
    ['requestsPerSecond', 0, /requestsPerSecond is 0: give a number from/],
    ['requestsPerSecond', -3, /requestsPerSecond is -3/],
    ['requestsPerSecond', 'many', /requestsPerSecond is many/],
    ['requestsPerSecond', Number.NaN, /requestsPerSecond is null/],
    ['requestsPerSecond', Number.POSITIVE_INFINITY, /requestsPerSecond is null/],
    ['requestsPerSecond', null, /requestsPerSecond is missing|requestsPerSecond is null/],
    ['readMs', undefined, /readMs is missing: give milliseconds/],
    ['readMs', -1, /readMs is -1/],
    ['readMs', { median: 100, p99: 50 }, /readMs\.p99 is 50: give a number from 100/],
    ['readMs', { median: 100 }, /readMs\.p99 is missing/],
    ['readMs', { median: 100, p99: 200, mx: 3 }, /readMs\.mx is 3/],
    ['readMs', [1, 'x'], /readMs is x \(number 2\)/],
    ['readMs', [], /readMs is a list of 0/],
    ['readMs', { samples: 'nowhere.txt' }, /readMs is nowhere\.txt/],
    ['keys', 1.5, /keys is 1\.5: give a whole number/],
    ['keys', 0, /keys is 0/],
    ['skew', -1, /skew is -1/],
    ['order', 'random', /order is random: give one of: arrival, request/],
    ['burst', 7, /burst is 7: give an object/],
    [
      'burst',
      { requestsPerSecond: 5, seconds: 20, everySeconds: 10 },
      /burst\.seconds is 20: give a number from 0\.001 to 10/,
    ],
    ['readersMax', 1001, /readersMax is 1001/],
    ['keysPerRequest', 2, /keysPerRequest is 2/],
    ['memoryMb', 64, /memoryMb is 64/],
    ['requestPerSecond', 5, /requestPerSecond is 5: give one of these names instead: .*requestsPerSecond/],
  ])('%s: %j', (name, value, message) => {
    expect(() => workload({ [name]: value })).toThrow(message);
  });

  test('all problems at once', () => {
    expect(() => workload({ keys: 0, skew: 9 })).toThrow(/keys is 0[\s\S]*skew is 9/);
  });

  test('and text that is not a workload', () => {
    expect(() => readWorkload([1], { folder: '.' })).toThrow(/the workload is \[1\]: give an object/);
  });
});

test('samples are read from a file beside the workload', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'reads.txt'), '10\n20\n30\n');
  writeFileSync(join(folder, 'work.json'), '{"requestsPerSecond": 1, "readMs": {"samples": "reads.txt"}}');
  const file = readWorkloadFile(join(folder, 'work.json'));
  expect(readWorkload(file.value, file).read.mean).toBe(20);
});

test('a file that is missing or not JSON is named', async () => {
  const folder = await temporaryFolder();
  expect(() => readWorkloadFile(join(folder, 'none.json'))).toThrow(/none\.json: there is no such file/);
  writeFileSync(join(folder, 'broken.json'), '{');
  expect(() => readWorkloadFile(join(folder, 'broken.json'))).toThrow(/broken\.json is not JSON/);
});

test("a pipeline's own limits are what it is planned with, unless the workload says otherwise", () => {
  const limits = { ...defaultLimits, readersMax: 7, lingerMs: 3 };
  const given = { requestsPerSecond: 1, readMs: 10, computesMax: 9 };
  const { readers, computes, limits: own } = readWorkload(given, { folder: '.', limits });
  expect({ readers, computes, lingerMs: own.lingerMs }).toEqual({ readers: 7, computes: 9, lingerMs: 3 });
});

test("the order is the pipeline's own, unless the workload says another", () => {
  const given = { requestsPerSecond: 1, readMs: 1 };
  const from = { folder: '.', order: 'request' } as const;
  expect(readWorkload(given, from).order).toBe('request');
  expect(readWorkload({ ...given, order: 'arrival' }, from).order).toBe('arrival');
  expect(readWorkload(given, { folder: '.' }).order).toBe('arrival');
});
