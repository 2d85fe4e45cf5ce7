import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Watched, watchThread } from '../../../simulate/campaign/watch-thread.ts';

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A thread that gets the given parts of each second. */
function buildThread({ computes = 0, waits = 0 }): Watched {
  const startedAt = Date.now();
  const seconds = () => (Date.now() - startedAt) / 1_000;
  return {
    cpuUsage: async () => ({ user: seconds() * computes * 1_000_000, system: 0 }),
    performance: {
      eventLoopUtilization: () => ({ idle: seconds() * waits * 1_000, active: 0, utilization: 0 }),
    },
  };
}

async function isStuckAfter(minutes: number, thread: Watched): Promise<boolean> {
  const stuck = vi.fn();
  const unwatch = watchThread(thread, MINUTE_MS, stuck);
  await vi.advanceTimersByTimeAsync(minutes * MINUTE_MS);
  unwatch();
  return stuck.mock.calls.length === 1;
}

test('seeds end by the processor time of their thread, not by the clock, so a loaded machine fails none', async () => {
  expect(await isStuckAfter(19, buildThread({ computes: 0.05 }))).toBe(false);
  expect(await isStuckAfter(21, buildThread({ computes: 0.05 }))).toBe(true);
});

test('seeds that wait forever end too', async () => {
  expect(await isStuckAfter(1.1, buildThread({ waits: 1 }))).toBe(true);
});

test('a thread that has not started yet does not count as hanging', async () => {
  const thread = { ...buildThread({ waits: 1 }), cpuUsage: () => Promise.reject(new Error('not running')) };
  expect(await isStuckAfter(5, thread)).toBe(false);
});
