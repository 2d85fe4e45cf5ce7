/** When the heaps of a run's threads are kept small. */
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { keepHeapsSmall } from '../../../local/lambda/small-heaps.ts';

const MB = 2 ** 20;
const START_MB = 100;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function machineThatGrows() {
  const flags: string[] = [];
  const memory = { mb: START_MB };
  const machine = { residentBytes: () => memory.mb * MB, setFlags: (flag: string) => void flags.push(flag) };
  onTestFinished(keepHeapsSmall(machine));
  const grow = (mb: number) => {
    memory.mb += mb;
    vi.advanceTimersByTime(1000);
    return flags.at(-1);
  };
  return { grow, flags };
}

test('a run whose process grows by more than 200 MB saves memory from then on, and only then', () => {
  const { grow, flags } = machineThatGrows();
  expect(grow(190)).toBe('--no-memory-saver-mode');
  expect(grow(20)).toBe('--memory-saver-mode');
  expect(grow(-150)).toBe('--memory-saver-mode');
  expect(flags).toHaveLength(2);
});
