import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../functions/aws/clock.ts';
import { computeBatch } from '../../functions/compute/compute.ts';
import { createFoldApart } from '../../functions/compute/fold-apart.ts';
import { createFoldProcess } from '../../functions/compute/fold-process.ts';
import { watchResident } from '../../functions/resident-memory.ts';
import { buildCompute, buildMessage, stateOf } from '../builders.ts';
import { HOSTILE_FOLDS, hostile } from './compute/hostile-folds.ts';

describe('a compute in a process of its own, without a shell between, as on Windows', () => {
  test.each([
    ['exit', /^compute ended its process with exit code 3$/],
    ['memory', /memory/],
  ])('that ends its process by %s costs its own reading only', async (ending, reason) => {
    const runFold = createFoldProcess(HOSTILE_FOLDS, hostile.limits, 'win32');
    const foldApart = createFoldApart(runFold, hostile.limits, systemClock);
    const stage = { ...buildCompute({ pipeline: hostile }), clock: systemClock, foldApart };
    const batch = [buildMessage({ readings: ['a', ending, 'b'], receiveCount: 2 })];
    expect(await computeBatch(batch, 60_000, stage)).toEqual([]);
    expect(stateOf(stage.store)).toEqual(['a', 'b']);
    expect(stage.store.dead()).toMatchObject([{ reason: expect.stringMatching(reason), attempts: 2 }]);
  });
});

describe('the memory of a process', () => {
  test.each(['linux', 'darwin'] as const)('is seen on %s', async (platform) => {
    const bytes = await new Promise<number>((resolve) => {
      onTestFinished(watchResident(() => process.pid, resolve, platform));
    });
    expect(bytes).toBeGreaterThan(20 * 2 ** 20);
    expect(bytes).toBeLessThan(8 * 2 ** 30);
  });
});
