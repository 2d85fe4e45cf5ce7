import { expect, onTestFinished, test, vi } from 'vitest';
import { watchCounts } from '../../../local/storage/queue-counts.ts';
import type { StackQueue } from '../../../local/storage/stack-queue.ts';

test('an engine that is slow to answer is not asked again before it has', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const asked = vi.fn<StackQueue['counts']>(() => new Promise(() => {}));
  const counts = watchCounts(new Map([['requests', { counts: asked }]]), new Map());
  onTestFinished(() => counts.stop());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveBeenCalledTimes(1);
  expect(counts.of('requests')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});
