import { describe, expect, test } from 'vitest';
import type { KeyItem } from '../../../functions/state.ts';
import type { RunObservation } from '../../../local/report/observed.ts';
import { type RunRecord, summarize } from '../../../local/report/run-record.ts';
import { describeMissing } from '../../../local/report/tables.ts';
import { fiveCalls, HOSTILE_KEYS, hostileRecord, manyRequests } from './example-record.ts';

const environment = 1;

function read(request: string, start: number, end: number, readings = 1): RunObservation {
  return { kind: 'read', request, start, end, outcome: 'done', readings, environment };
}

function compute(key: string, start: number, end: number, readings = 1): RunObservation {
  return { kind: 'compute', key, start, end, readings, environment };
}

function item(key: string, counts: Partial<KeyItem['counts']>): KeyItem {
  const [template] = fiveCalls().items;
  if (template === undefined) throw new Error('the example has no item');
  return { ...template, key, state: '{"n":1}', counts: { applied: 0, skipped: 0, dead: 0, ...counts } };
}

function record(parts: Partial<RunRecord>): RunRecord {
  return {
    ...fiveCalls(),
    startedAt: 0,
    endedAt: 100,
    observations: [],
    items: [],
    deadLetters: [],
    ...parts,
  };
}

describe('times', () => {
  test('five calls of 2.5 s and 2.5 s take 15 s, one after the other nearly 25 s', () => {
    const { makespanMs, sequentialMs, speedup } = summarize(fiveCalls());
    expect(makespanMs).toBe(15_004);
    expect(sequentialMs).toBe(5 * (2_500 + 2_496));
    expect(speedup).toBeCloseTo(24_980 / 15_004, 3);
  });

  test('a request read twice counts once, a failed read not at all', () => {
    const failed: RunObservation = {
      kind: 'read',
      request: 'a',
      start: 0,
      end: 7,
      outcome: 'failed',
      readings: 0,
      environment,
    };
    const observations = [failed, read('a', 10, 20), read('a', 30, 90)];
    const summary = summarize(record({ requests: 1, observations, items: [item('k', { applied: 1 })] }));
    expect(summary.sequentialMs).toBe(10);
    expect(summary.readings).toBe(1);
    expect(summary.complete).toBe(true);
  });

  test('a fold made again after a conflict does not lengthen the sequential run', () => {
    const observations = [read('a', 0, 10), compute('k', 10, 14, 1), compute('k', 20, 24, 1)];
    const summary = summarize(record({ requests: 1, observations, items: [item('k', { applied: 1 })] }));
    expect(summary.sequentialMs).toBe(10 + 4);
  });

  test('the wait until the run is known to be at rest is not part of the makespan', () => {
    expect(summarize(record({ endedAt: 5_000, observations: [read('a', 0, 10)] })).makespanMs).toBe(10);
  });

  test('a run in which nothing happened has no NaN in it', () => {
    const summary = summarize(record({ requests: 0, endedAt: 0 }));
    expect(JSON.stringify(summary)).not.toContain('null');
    expect(summary.complete).toBe(true);
  });
});

describe('the outcome of a run', () => {
  test('counts applied, skipped and dead from the items, however often a computation was observed', () => {
    const observations = [read('a', 0, 1, 6), compute('k', 1, 2, 6), compute('k', 3, 4, 6)];
    const items = [item('k', { applied: 3, skipped: 2, dead: 1 })];
    const deadLetters = [{ stage: 'compute', reason: 'x', attempts: 1, key: 'k' }];
    const summary = summarize(record({ requests: 1, observations, items, deadLetters }));
    expect(summary).toMatchObject({ readings: 6, applied: 3, skipped: 2, deadLettered: 1, complete: true });
  });

  test('a request that was never read makes the run incomplete', () => {
    const summary = summarize(
      record({ requests: 2, observations: [read('a', 0, 1)], items: [item('k', { applied: 1 })] }),
    );
    expect(summary).toMatchObject({ complete: false, unaccounted: { requests: 1, readings: 0 } });
  });

  test('a reading that was lost, and one that was applied twice, make the run incomplete', () => {
    const observations = [read('a', 0, 1, 2)];
    const withApplied = (applied: number) =>
      summarize(record({ requests: 1, observations, items: [item('k', { applied })] }));
    expect(withApplied(1)).toMatchObject({ complete: false, unaccounted: { readings: 1 } });
    expect(withApplied(3)).toMatchObject({ complete: false, unaccounted: { readings: -1 } });
  });

  test('a message that SQS moved after too many tries accounts for all its readings', () => {
    const deadLetters = [{ stage: 'compute', reason: 'killed', attempts: 5, key: 'k', readings: 4 }];
    const observations = [read('a', 0, 1, 4)];
    expect(summarize(record({ requests: 1, observations, deadLetters })).complete).toBe(true);
  });

  test('dead letters are grouped by stage and reason, the most frequent first', () => {
    const letter = (reason: string, attempts: number) => ({ stage: 'read', reason, attempts });
    const deadLetters = [letter('slow', 1), letter('gone', 2), letter('gone', 9)];
    expect(summarize(record({ deadLetters })).deadLetters).toEqual([
      { stage: 'read', reason: 'gone', count: 2, attempts: 9 },
      { stage: 'read', reason: 'slow', count: 1, attempts: 1 },
    ]);
  });

  test('failed attempts have their reasons, and do not count in the times', () => {
    const failure = (reason: string, messages: number): RunObservation => {
      return { kind: 'failure', stage: 'compute', group: 'g', messages, reason, environment };
    };
    const observations = [failure('slow', 1), failure('broken', 2), failure('broken', 3), read('a', 0, 10)];
    const summary = summarize(record({ requests: 1, observations, items: [item('k', { applied: 1 })] }));
    expect(summary).toMatchObject({ complete: true, makespanMs: 10, sequentialMs: 10 });
    expect(summary.failures).toEqual([
      { stage: 'compute', reason: 'broken', messages: 5 },
      { stage: 'compute', reason: 'slow', messages: 1 },
    ]);
  });

  test('readings parked behind a stopped key make the run incomplete, and the report says where they are', () => {
    const stopped = { receipt: 'r', index: 0, reason: 'negative bytes' };
    const items = [{ ...item('k', { applied: 1 }), parked: 2, stopped }];
    const summary = summarize(record({ requests: 1, observations: [read('a', 0, 1, 3)], items }));
    expect(summary).toMatchObject({
      complete: false,
      parked: 2,
      stopped: [{ key: 'k', reason: 'negative bytes' }],
    });
    expect(describeMissing(summary)).toBe(
      'Not accounted for: 2 readings. Parked: 2 messages. Stopped: 1 key.',
    );
  });

  test('a thousand and more requests are all accounted for', () => {
    const summary = summarize(manyRequests());
    expect(summary.complete).toBe(true);
    expect(summary.readings).toBe(summary.applied);
    expect(summary.requests).toBe(summary.readings + summary.deadLettered);
  });

  test('every key survives as JSON, __proto__ too', () => {
    const { keys } = summarize(hostileRecord());
    expect(new Set(Object.keys(keys))).toEqual(new Set(HOSTILE_KEYS));
    expect(JSON.stringify(keys)).toContain('"__proto__":{"clicks":');
  });
});
