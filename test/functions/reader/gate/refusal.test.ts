import { describe, expect, test } from 'vitest';
import { BusyError } from '../../../../functions/errors.ts';
import { refusalOf, WAIT_MS_MAX } from '../../../../functions/reader/gate/refusal.ts';

const NOW = Date.UTC(2026, 10, 28, 12);
const HOUR_MS = 3_600_000;
const failed = (fields: object) => Object.assign(new Error('failed'), fields);

const NO_TIMES = [
  'soon',
  '-5',
  '0',
  'Sat, 28 Nov 2026 11:00:00 GMT',
  '',
  'wait 40',
  'retry 2099',
  '12:30:00',
  '40, 50',
];

describe('a refusal of a source', () => {
  test.each<[string, unknown, object]>([
    ['a BusyError', new BusyError({ retryAfterMs: 1500 }), { waitMs: 1500, certain: true }],
    ['a BusyError without a time', new BusyError(), { waitMs: undefined, certain: true }],
    ['status 429', failed({ status: 429 }), { waitMs: undefined, certain: true }],
    ['statusCode 429', failed({ statusCode: 429 }), { waitMs: undefined, certain: true }],
    ["the status of AWS's SDK", failed({ $metadata: { httpStatusCode: 429 } }), { certain: true }],
    ['status 503, which may be one request’s own fault', failed({ status: 503 }), { certain: false }],
    [
      'status 503 with a time in seconds',
      failed({ status: 503, headers: { 'Retry-After': '120' } }),
      { waitMs: 120_000, certain: true },
    ],
    [
      'a response with Headers and a date',
      failed({
        response: { status: 429, headers: new Headers({ 'retry-after': 'Sat, 28 Nov 2026 13:00:00 GMT' }) },
      }),
      { waitMs: HOUR_MS, certain: true },
    ],
    [
      'a date as RFC 850 has it',
      failed({ status: 503, headers: { 'retry-after': 'Saturday, 28-Nov-26 13:00:00 GMT' } }),
      { waitMs: HOUR_MS, certain: true },
    ],
    [
      'a date of ISO 8601',
      failed({ status: 503, headers: { 'retry-after': '2026-11-28T13:00:00Z' } }),
      { waitMs: HOUR_MS, certain: true },
    ],
    [
      'an error of axios',
      failed({ response: { status: 429, headers: { 'retry-after': 3 } } }),
      { waitMs: 3_000, certain: true },
    ],
    ['what caused another error', new Error('outer', { cause: failed({ status: 429 }) }), { certain: true }],
  ])('is %s', (_, error, refusal) => {
    expect(refusalOf(error, NOW)).toMatchObject(refusal);
  });

  test.each([
    ['a year in seconds', '31536000'],
    ['a date in a year', 'Sun, 28 Nov 2027 12:00:00 GMT'],
  ])('that names %s is believed for a day at most', (_, value) => {
    expect(refusalOf(failed({ status: 429, headers: { 'retry-after': value } }), NOW)?.waitMs).toBe(
      WAIT_MS_MAX,
    );
    expect(refusalOf(new BusyError({ retryAfterMs: 365 * 24 * HOUR_MS }), NOW)?.waitMs).toBe(24 * HOUR_MS);
  });

  test.each(NO_TIMES)('that names %o counts as without a time', (value) => {
    const error = failed({ status: 429, headers: { 'retry-after': value } });
    expect(refusalOf(error, NOW)).toEqual({ waitMs: undefined, certain: true });
  });

  test.each([new Error('429'), failed({ status: 404 }), failed({ status: '429' }), 'busy', undefined, null])(
    'is not %o',
    (error) => {
      expect(refusalOf(error, NOW)).toBeUndefined();
    },
  );
});
