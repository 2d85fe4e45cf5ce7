import { expect, test } from 'vitest';
import { lengthOption, timeOption } from '../../../cli/terminal/time-options.ts';

test.each([
  ['30s', 30_000],
  ['90m', 5_400_000],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
])('a duration of %s is %d ms', (text, ms) => {
  expect(lengthOption('for', text)).toBe(ms);
});

test.each(['', '0m', '1', 'h', '-1h', '1.5h', '1 h', '1w', '9999999h'])('%j is not a duration', (text) => {
  expect(() => lengthOption('for', text)).toThrow(`--for ${text}: give a length such as 90m`);
});

test('a time without a time zone is refused', () => {
  expect(timeOption('until', '2026-12-01T07:00+01:00')).toBe(Date.parse('2026-12-01T06:00:00Z'));
  for (const text of ['2026-12-01', '2026-12-01T06:00', '06:00Z', 'tomorrow', '2026-13-01T06:00Z']) {
    expect(() => timeOption('until', text)).toThrow(`--until ${text}: give a time with its zone`);
  }
});
