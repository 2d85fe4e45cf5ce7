import { expect, test } from 'vitest';
import { describeEntry } from '../../../cli/commands/history-entry.ts';

const AT = Date.UTC(2026, 10, 29);

test('a forget or a reset is shown with its reason, and with nothing in its place if it has none', () => {
  const entry = { word: 'forget', version: 8, at: AT, id: 'op' } as const;
  expect(describeEntry({ ...entry, reason: 'request 4711' })).toEqual([
    'forget',
    '2026-11-29T00:00:00.000Z, version 8: "request 4711"',
  ]);
  expect(describeEntry({ ...entry, reason: '' })).toEqual(['forget', '2026-11-29T00:00:00.000Z, version 8']);
});
