import { expect, test } from 'vitest';
import { systemClock } from '../../../functions/aws/clock.ts';

test('a sleep lasts at least its time by the same clock', async () => {
  const until = systemClock.now() + 20;
  await systemClock.sleep(20);
  expect(systemClock.now()).toBeGreaterThanOrEqual(until);
});

test('a sleep of more than a timer can hold does not end at once; aborting ends it', async () => {
  const cancel = new AbortController();
  let over = false;
  const sleep = systemClock.sleep(2 ** 40, cancel.signal).then(() => {
    over = true;
  });
  await systemClock.sleep(20);
  expect(over).toBe(false);
  cancel.abort();
  await sleep;
});
