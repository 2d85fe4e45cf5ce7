import { expect, test } from 'vitest';
import { createLateReads } from '../../../../functions/reader/gate/late-reads.ts';

test('a read that runs too long is told once, with its time so far; one that has ended is not', () => {
  const reads = createLateReads();
  const lateAt = (start: number) => start + 100;
  reads.begin(0);
  const end = reads.begin(10);
  reads.begin(20);
  reads.begin(90);
  expect(reads.nextAt(lateAt)).toBe(100);
  end();
  expect(reads.take(lateAt, 130)).toEqual({ late: 2, lateMs: 130 + 110 });
  expect(reads.take(lateAt, 130)).toEqual({ late: 0, lateMs: 0 });
  expect(reads.nextAt(lateAt)).toBe(190);
});
