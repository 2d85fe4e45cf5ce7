/** When the heaps of a run's threads are kept small. */
import { execFileSync } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { keepHeapsSmall } from '../../../local/lambda/small-heaps.ts';
import { run, tinyTemplate } from '../tiny-stack.ts';

vi.mock('node:v8', async (original) => ({
  ...(await original<typeof import('node:v8')>()),
  setFlagsFromString: vi.fn(),
}));

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

test('the V8 of Node 24 and later knows the mode that keeps heaps small', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  expect(options).toContain('--memory-saver-mode');
});

test('a stack on this machine keeps the heaps of its functions small from its start', async () => {
  vi.useRealTimers();
  const template = tinyTemplate({ Idle: { code: 'export const handler = () => {};' } }, {});
  const { stack } = await run(template);
  expect(stack.plan.functions).toHaveLength(1);
  expect(setFlagsFromString).toHaveBeenCalledWith('--no-memory-saver-mode');
});
