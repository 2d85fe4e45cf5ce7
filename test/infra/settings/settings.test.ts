import { describe, expect, test } from 'vitest';
import { defaultLimits, type Limits } from '../../../functions/limits.ts';
import { checkSettings } from '../../../infra/settings/check-settings.ts';
import {
  assertSettingsOverride,
  deriveSettings,
  type SettingsOverride,
} from '../../../infra/settings/settings.ts';
import fc from '../../properties.ts';

describe('derived settings', () => {
  test('agree with each other whatever the limits of the pipeline', () => {
    const limits = fc.record({
      readTimeoutMs: fc.integer({ min: 1, max: 890_000 }),
      computeTimeoutMs: fc.integer({ min: 1, max: 890_000 }),
      writeTimeoutMs: fc.integer({ min: 1, max: 890_000 }),
      readAttempts: fc.integer({ min: 1, max: 900 }),
      readersMax: fc.integer({ min: 2, max: 1000 }),
      computesMax: fc.integer({ min: 2, max: 1000 }),
    });
    fc.assert(
      fc.property(limits, (some) => {
        const all = { ...defaultLimits, ...some };
        const settings = deriveSettings(all);
        checkSettings(settings, all, 'pipeline');
        expect(settings.requests.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
          6 * settings.reader.timeoutSeconds,
        );
        expect(settings.readings.visibilityTimeoutSeconds).toBeGreaterThan(settings.compute.timeoutSeconds);
        expect(settings.reader.timeoutSeconds * 1000).toBeGreaterThan(all.readTimeoutMs);
        expect(settings.requests.maxReceiveCount).toBeGreaterThan(all.readAttempts);
      }),
    );
  });

  test('follow an override: a longer timeout brings a longer visibility, and the later override wins', () => {
    const settings = deriveSettings(
      defaultLimits,
      { reader: { timeoutSeconds: 50, memoryMb: 512 } },
      { reader: { timeoutSeconds: 100, batchSize: 20, batchingWindowSeconds: 5 } },
    );
    expect(settings.reader).toMatchObject({ timeoutSeconds: 100, memoryMb: 512 });
    expect(settings.requests.visibilityTimeoutSeconds).toBe(605);
    checkSettings(settings, defaultLimits, 'pipeline');
  });
});

describe('contradictory settings are refused with both values and the way out', () => {
  const cases: [SettingsOverride, Partial<Limits>, ...RegExp[]][] = [
    [
      { requests: { visibilityTimeoutSeconds: 60 } },
      {},
      /visibilityTimeoutSeconds is 60.*timeoutSeconds is 55.*330/,
    ],
    [
      { readings: { visibilityTimeoutSeconds: 44 } },
      {},
      /readings\.visib.* is 44.*compute\.timeoutS.* is 35.*use 45 or more/,
    ],
    [{ compute: { batchSize: 11 } }, {}, /compute\.batchSize is 11.*FIFO.*lower it to 10/],
    [{ compute: { batchingWindowSeconds: 1 } }, {}, /compute\.batchingWindowSeconds is 1.*FIFO.*set it to 0/],
    [{ reader: { batchSize: 11 } }, {}, /reader\.batchSize is 11 and reader\.batchingWindowSeconds is 0/],
    [{ reader: { maxConcurrency: 1 } }, {}, /reader\.maxConcurrency is 1: .* from 2 to 1000/],
    [{ compute: { maxConcurrency: 1001 } }, {}, /compute\.maxConcurrency is 1001: .* from 2 to 1000/],
    [
      { compute: { pollersMin: 5, maxConcurrency: 10 } },
      {},
      /compute\.maxConcurrency is 10 and compute\.pollersMin is 5.*one of them.*remove the first/,
    ],
    [{ compute: { pollersMin: 201 } }, {}, /compute\.pollersMin is 201: .* from 0 to 200/],
    [{ compute: { pollersMin: 1 } }, {}, /compute\.pollersMin is 1: .* from 2 to 200, or 0/],
    [{ compute: { pollersMin: 9, pollersMax: 8 } }, {}, /pollersMax is 8, below compute\.pollersMin, 9/],
    [{ compute: { pollersMax: 8 } }, {}, /pollersMax is 8 and compute\.pollersMin is 0: raise the second/],
    [{ reader: { timeoutSeconds: 901 } }, {}, /reader\.timeoutSeconds is 901: .* from 1 to 900/],
    [
      { reader: { timeoutSeconds: 29 } },
      {},
      /reader\.timeoutSeconds is 29.*readTimeoutMs is 25000 and needs 30/,
    ],
    [{}, { computeTimeoutMs: 900_000 }, /compute\.timeoutSeconds is 905: .* from 1 to 900/],
    [{}, { readersMax: 1 }, /reader\.maxConcurrency is 1/],
    [
      { requests: { maxReceiveCount: 14 } },
      {},
      /maxReceiveCount is 14, not above .*readAttempts, 14.* to 15/,
    ],
    [{ readings: { maxReceiveCount: 4 } }, {}, /readings\.maxReceiveCount is 4: .* from 5/],
    [
      { readings: { deadLetterRetentionDays: 4 } },
      {},
      /deadLetterRetentionDays is 4.*retentionDays, 14.* to 14/,
    ],
    [{ requests: { retentionDays: 15 } }, {}, /requests\.retentionDays is 15: .* from 1 to 14/],
    [{ writer: { recordAgeMaxHours: 24 } }, {}, /writer\.recordAgeMaxHours is 24: .* from 1 to 23/],
    [{ writer: { retryAttempts: -1 } }, {}, /writer\.retryAttempts is -1/],
    [{ writer: { parallelizationFactor: 11 } }, {}, /writer\.parallelizationFactor is 11/],
    [{ reader: { memoryMb: 256.5 } }, {}, /reader\.memoryMb is 256\.5: use a whole number/],
    [{ logs: { retentionDays: 8 } }, {}, /logs\.retentionDays is 8: CloudWatch takes 1, 3, 5, 7/],
    [
      { requests: { visibilityTimeoutSeconds: 60 }, compute: { batchSize: 11 } },
      {},
      /requests\.visibilityTimeoutSeconds is 60/,
      /compute\.batchSize is 11/,
    ],
  ];
  test.each(cases)('%j with limits %j', (override, some, ...messages) => {
    const limits = { ...defaultLimits, ...some };
    for (const message of messages) {
      expect(() => checkSettings(deriveSettings(limits, override), limits, 'pipeline tally')).toThrow(
        message,
      );
    }
  });
});

describe('a setting given as text', () => {
  const known = deriveSettings(defaultLimits);

  test.each([
    [null, /settings is null, use an object/],
    [[1], /settings is \[1\], use an object/],
    [{ request: {} }, /settings\.request is not a group of settings, use one of: requests, /],
    [{ requests: 60 }, /settings\.requests is 60, use an object/],
    [
      { requests: { visibility: 60 } },
      /settings\.requests\.visibility is not a setting, use one of: .*visibilityTimeout/,
    ],
    [{ requests: { retentionDays: '3' } }, /settings\.requests\.retentionDays is "3", use a number/],
    [JSON.parse('{"__proto__":{"retentionDays":3}}'), /settings\.__proto__ is not a group/],
    [{ constructor: { name: 3 } }, /settings\.constructor is not a group/],
  ])('%j is refused by name', (value: unknown, message) => {
    expect(() => assertSettingsOverride(value, known)).toThrow(message);
  });
});
