import { afterEach, expect, test } from 'vitest';
import { withDeadline } from '../../../functions/deadline.ts';
import { createVirtualClock } from '../../../model/virtual-clock.ts';
import { installAbort } from '../../../simulate/world/abort.ts';

const native = globalThis.AbortController;

afterEach(() => {
  globalThis.AbortController = native;
});

/** What happens to listeners, reasons and sleepers, in order. */
async function course(): Promise<string[]> {
  const events: string[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const removed = () => events.push('a removed listener');
  signal.addEventListener('abort', () => events.push('first'), { once: true });
  signal.addEventListener('abort', removed);
  signal.addEventListener('abort', () => events.push(`second, ${signal.aborted}`));
  signal.removeEventListener('abort', removed);
  signal.throwIfAborted();
  controller.abort('a reason');
  controller.abort('another');
  try {
    signal.throwIfAborted();
  } catch (error) {
    events.push(`${error} is ${signal.reason}`);
  }
  const bare = new AbortController();
  bare.abort();
  events.push(String(bare.signal.reason));
  const clock = createVirtualClock(0);
  const late = withDeadline(clock, 50, 'read', async (own) => {
    await clock.sleep(1000, own);
    events.push(`read woken at ${clock.now()}: ${own.reason}`);
  }).catch((error: unknown) => events.push(`given up at ${clock.now()}: ${error}`));
  await clock.run(late);
  await withDeadline(clock, 50, 'read', async () => {});
  events.push(`${clock.sleeping} asleep`);
  return events;
}

test("aborts in the simulation's threads take the same course as Node's", async () => {
  const expected = await course();
  installAbort();
  expect(globalThis.AbortController).not.toBe(native);
  expect(await course()).toEqual(expected);
  expect(expected).toContain('first');
});
