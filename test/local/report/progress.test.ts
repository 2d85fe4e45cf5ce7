import { expect, onTestFinished, test, vi } from 'vitest';
import { createProgress, type ProgressStatus } from '../../../local/report/progress.ts';

function watch(isTTY: boolean) {
  vi.stubEnv('TERM', 'xterm');
  onTestFinished(() => void vi.unstubAllEnvs());
  let now = 0;
  const written: string[] = [];
  const stream = { isTTY, columns: 120, write: (text: string) => written.push(text) };
  const progress = createProgress(stream, { now: () => now });
  const at = (ms: number, done: number): void => {
    now = ms;
    progress.update(status(done));
  };
  return { progress, at, written, text: () => written.join('') };
}

function status(done: number): ProgressStatus {
  return { requests: 100, done, applied: done, reading: 5, computing: 2, dead: 1, failed: 3 };
}

test('without a terminal the progress is a plain line every five seconds, and a last one', () => {
  const { progress, at, text } = watch(false);
  for (let done = 0; done <= 100; done += 1) at(done * 110, done);
  progress.end();
  expect(text().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(text().match(/\d+ %/g)).toEqual(['46 %', '92 %', '100 %']);
});

test('without a terminal a run of less than five seconds prints no progress: its report follows', () => {
  const { progress, at, text } = watch(false);
  for (let done = 0; done <= 100; done += 1) at(done * 10, done);
  progress.end();
  expect(text()).toBe('');
});

test('on a terminal one line is drawn over and over, and never wraps', () => {
  const { at, written } = watch(true);
  for (let done = 0; done <= 100; done += 1) at(done * 100, done);
  for (const text of written) {
    expect(text).toMatch(/^\r/);
    expect(text).not.toContain('\n');
  }
  expect(written.at(-1)).toContain('100 %');
});

test('the last status stays on the screen, and the cursor ends on a new line, once', () => {
  const { progress, at, text } = watch(true);
  at(0, 10);
  at(1, 42);
  expect(text()).not.toContain('42 %');
  progress.end();
  progress.end();
  at(500, 90);
  expect(text()).toContain('42 %');
  expect(text()).not.toContain('90 %');
  expect(text().match(/\n/g)).toHaveLength(1);
  expect(text().endsWith('\n')).toBe(true);
});

test('a run that was given up before anything happened leaves nothing behind', () => {
  const { progress, text } = watch(true);
  progress.end();
  expect(text()).toBe('');
});

test('a note goes above the bar, and cannot bring control characters', () => {
  const { progress, at, text } = watch(true);
  at(0, 10);
  progress.note('bad key \u001B[2J');
  expect(text()).toContain('bad key \\u{1b}[2J');
  expect(text().lastIndexOf('10 %')).toBeGreaterThan(text().indexOf('bad key'));
});

test('shares stay between 0 and 100 %, without requests too', () => {
  const { progress, text } = watch(true);
  progress.update({ requests: 0, done: 0, applied: 0, reading: 0, computing: 0, dead: 0, failed: 0 });
  progress.end();
  expect(text()).toContain('  0 %');
  expect(text()).not.toContain('NaN');
});

test('the progress calls running reads "reads", because a reading is something else', () => {
  const { progress, text } = watch(true);
  progress.update({ ...status(10), failed: 0 });
  expect(text()).toContain(' · 5 reads running · 2 computing · 1 dead · ');
  const { progress: failing, text: told } = watch(true);
  failing.update(status(10));
  expect(told()).toContain(' · 5 reads running or waiting · 2 computing · 3 failed · 1 dead · ');
  expect(text()).not.toMatch(/\d reading/);
});
