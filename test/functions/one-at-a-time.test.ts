import { expect, test } from 'vitest';
import { oneAtATime } from '../../functions/one-at-a-time.ts';

test('invocations that share a process take turns, also after a failure', async () => {
  let running = 0;
  let most = 0;
  const handle = oneAtATime(async (event: number) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (event === 2) throw new Error('the second failed');
    return event;
  });
  const given = await Promise.allSettled([1, 2, 3].map((event) => handle(event, undefined)));
  expect(most).toBe(1);
  expect(given).toMatchObject([{ value: 1 }, { reason: { message: 'the second failed' } }, { value: 3 }]);
});
