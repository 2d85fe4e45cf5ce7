import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../infra/schedule.ts';

const NOW = Date.parse('2026-11-28T10:00:00Z'); // A Saturday.
const next = (text: string, zone = 'UTC') =>
  new Date(parseSchedule(text, zone, NOW).next(NOW) ?? Number.NaN).toISOString().slice(0, 16);

describe('a schedule', () => {
  test.each([
    ['5 minutes', 'rate(5 minutes)'],
    ['1 minute', 'rate(1 minute)'],
    ['1 hours', 'rate(1 hour)'],
    ['rate(2 days)', 'rate(2 days)'],
    ['cron(0 6 * * ? *)', 'cron(0 6 * * ? *)'],
  ])('%s becomes %s for EventBridge Scheduler', (text, expression) => {
    expect(parseSchedule(text, 'UTC', NOW).expression).toBe(expression);
  });

  test.each([
    ['5 minutes', '2026-11-28T10:05'],
    ['cron(0 6 * * ? *)', '2026-11-29T06:00'],
    ['cron(0/15 10 ? * * *)', '2026-11-28T10:15'],
    ['cron(5/20 * ? * * *)', '2026-11-28T10:05'],
    // 1 is Sunday, as AWS counts; 7 is Saturday.
    ['cron(0 6 ? * 1 *)', '2026-11-29T06:00'],
    ['cron(0 12 ? * 7 *)', '2026-11-28T12:00'],
    ['cron(0 6 ? * 2-6 *)', '2026-11-30T06:00'],
    ['cron(0 6 ? * MON-FRI *)', '2026-11-30T06:00'],
    ['cron(0 6 ? * 6#2 *)', '2026-12-11T06:00'],
    ['cron(0 6 ? * 6L *)', '2026-12-25T06:00'],
    ['cron(0 6 L * ? *)', '2026-11-30T06:00'],
    ['cron(0 6 1 1 ? 2028)', '2028-01-01T06:00'],
  ])('%s comes next at %s', (text, at) => {
    expect(next(text)).toBe(at);
  });

  test('keeps the time of its zone, in summer and in winter', () => {
    expect(next('cron(0 6 * * ? *)', 'Europe/Berlin')).toBe('2026-11-29T05:00');
    const { next: following } = parseSchedule('cron(0 6 * * ? *)', 'Europe/Berlin', NOW);
    expect(following(Date.parse('2027-07-01T10:00:00Z'))).toBe(Date.parse('2027-07-02T04:00:00Z'));
  });

  test.each([
    ['0 minutes', /the shortest is 1 minute/],
    ['30 seconds', /is not valid: write '5 minutes'/],
    ['', /is not valid: write '5 minutes'/],
    ['-5 minutes', /is not valid/],
    ['1.5 hours', /is not valid/],
    ['cron(0 6 * * *)', /it has 5 fields/],
    ['cron(0 6 * * * *)', /one of DAY and WEEKDAY, and not both, has to be \?/],
    ['cron(0 6 ? * ? *)', /one of DAY and WEEKDAY/],
    ['cron(0 25 * * ? *)', /the schedule cron\(0 25 \* \* \? \*\) is not valid/],
    ['cron(61 6 * * ? *)', /is not valid/],
    ['cron(0 6 ? * 8 *)', /is not valid/],
    ['cron(0 6 ? * 0 *)', /is not valid/],
    ['cron(0 0 31 2 ? *)', /never comes/],
    ['cron(0 0 1 1 ? 2020)', /never comes/],
  ])('%s is refused by name', (text, sentence) => {
    expect(() => parseSchedule(text, 'UTC', NOW)).toThrow(sentence);
  });

  test('in an unknown time zone is refused', () => {
    expect(() => parseSchedule('5 minutes', 'Mars/Crater', NOW)).toThrow(/"Mars\/Crater" is not known/);
  });
});
