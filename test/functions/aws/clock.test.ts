import { expect, test } from 'vitest';
import { catchUp, systemClock } from '../../../functions/aws/clock.ts';

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

test('a clock that was suspended catches up with the wall clock, and never goes back', () => {
  let [steady, wall] = [1_000, 1_000];
  const now = catchUp(
    () => steady,
    () => wall,
  );
  expect(now()).toBe(1_000);
  [steady, wall] = [1_500, 3_601_500];
  expect(now()).toBe(3_601_500);
  [steady, wall] = [1_600, 3_500_000];
  expect(now()).toBe(3_601_600);
});
