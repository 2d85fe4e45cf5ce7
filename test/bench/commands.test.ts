import { expect, test } from 'vitest';
import { BENCH, weir } from '../cli/weir.ts';

test.each([
  [['demo', '--page', '.'], '--page .: that is a folder'],
  [['demo', '--scale', '-1'], '--scale -1: give a number above 0, 1 at most'],
  [['bench', '--only', 'W3', '--json', '.'], '--json .: that is a folder'],
  [['bnech'], 'there is no command "bnech": did you mean bench?'],
])("a wrong call of the clone's own commands ends in a sentence and status 2: %j", async (args, message) => {
  const { status, stderr } = await weir(args, { cwd: '.', program: BENCH });
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
});
