/** `weir check` as users call it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../operate/queues.ts';
import { weir } from './weir.ts';

const TIMEOUT_MS = 1_200_000;
const MERGING = join(import.meta.dirname, '../fixtures/merging.ts');

function fileOf(lines: readonly object[]): string {
  const file = join(temporaryFolder(), 'lines.ndjson');
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  return file;
}

const check = (args: readonly string[]) => weir(['check', ...args], { cwd: temporaryFolder() });
const amounts = (...list: number[]) => fileOf(list.map((amount) => ({ reading: { account: 'a', amount } })));

describe('weir check', () => {
  test(
    'says of recorded readings that their order does not matter, and that the merge holds',
    async () => {
      const { status, stdout } = await check(['--pipeline', MERGING, '--readings', amounts(3, 1, 2)]);
      expect(stdout).toBe(
        'merging: 3 readings of 1 key.\n' +
          'Order: every order of these readings that was tried gives the same state.\n' +
          'Merge: it holds for these readings, in every split that was tried.\n',
      );
      expect(status).toBe(0);
    },
    TIMEOUT_MS,
  );

  test(
    'ends with 3 and the smallest example where the merge does not hold: sums of fractions',
    async () => {
      const { status, stdout } = await check(['--pipeline', MERGING, '--readings', amounts(0.1, 0.7, 0.3)]);
      expect(stdout).toContain('Merge: it does not hold.');
      expect(stdout).toContain('use whole numbers');
      expect(status).toBe(3);
    },
    TIMEOUT_MS,
  );

  test(
    'reads requests for real, and prints what it found as JSON',
    async () => {
      const file = fileOf([
        { entries: [{ account: 'a', amount: 1 }] },
        { entries: [{ account: 'b', amount: 2 }] },
      ]);
      const { status, stdout } = await check(['--pipeline', MERGING, '--requests-file', file, '--json']);
      expect(JSON.parse(stdout)).toEqual({
        pipeline: 'merging',
        readings: 2,
        keys: 2,
        problems: [],
        merge: 'holds',
      });
      expect(status).toBe(0);
    },
    TIMEOUT_MS,
  );

  test('takes readings or requests, but not both', async () => {
    const { status, stderr } = await check(['--pipeline', MERGING]);
    expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('give one of') });
  });
});
