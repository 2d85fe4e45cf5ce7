import { expect, test } from 'vitest';
import { bench } from '../../bench/main.ts';

test.each([
  [['--runs', '0'], /--runs 0: give a whole number from 1 to 100/],
  [['--runs=-3'], /--runs -3/],
  [['--runs', 'many'], /--runs many/],
  [['--seed', '1.5'], /--seed 1.5/],
  [['--only', 'W9'], /--only W9: use some of W1,W2/],
  [['--only', ''], /--only : use some of/],
  [['--fast'], /--fast/],
])('bench %j ends at once with what is wrong', async (args, message) => {
  await expect(bench(args)).rejects.toThrow(message);
});
