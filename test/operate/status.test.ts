import { describe, expect, test } from 'vitest';
import { drainBetween, needsAttention, type QueueStatus, type Status } from '../../operate/status.ts';

const queue = (visible: number): QueueStatus => ({
  visible,
  inFlight: 0,
  delayed: 0,
  retentionMs: 14 * 86_400_000,
  oldestAgeMs: undefined,
});

function look(at: number, requests: number, readings: number, parts: Partial<Status> = {}): Status {
  return {
    name: 'x',
    local: true,
    at,
    requests: queue(requests),
    readings: queue(readings),
    deadLetters: { requests: queue(0), readings: queue(0), outputs: 0 },
    functions: [],
    keys: { stopped: [], waiting: [], parked: 0, complete: true },
    brake: [],
    sources: { shown: [], count: 0, complete: true },
    unknown: [],
    ...parts,
  };
}

describe('the time to drain', () => {
  test('follows from two measurements', () => {
    expect(drainBetween(look(0, 100, 20), look(2_000, 90, 10))).toEqual({
      perSecond: 10,
      timeToDrainMs: 10_000,
    });
  });

  test('is unknown while the queues grow, or do not change', () => {
    expect(drainBetween(look(0, 10, 0), look(1_000, 20, 0))).toEqual({
      perSecond: -10,
      timeToDrainMs: undefined,
    });
    expect(drainBetween(look(0, 10, 0), look(1_000, 5, 5))).toEqual({
      perSecond: 0,
      timeToDrainMs: undefined,
    });
  });

  test('is zero when the queues are empty, and unknown after one measurement', () => {
    expect(drainBetween(look(0, 10, 0), look(1_000, 0, 0))?.timeToDrainMs).toBe(0);
    expect(drainBetween(look(5, 10, 0), look(5, 0, 0))).toBeUndefined();
  });
});

test('dead letters, stopped keys and undelivered outputs need attention; a backlog does not', () => {
  expect(needsAttention(look(0, 1_000, 1_000))).toBe(false);
  const dead = { requests: queue(0), readings: queue(1), outputs: 0 };
  expect(needsAttention(look(0, 0, 0, { deadLetters: dead }))).toBe(true);
  expect(needsAttention(look(0, 0, 0, { deadLetters: { ...dead, readings: queue(0), outputs: 1 } }))).toBe(
    true,
  );
  const counts = { applied: 0, skipped: 0, dead: 0 };
  const one = { key: 'a', version: 1, counts, parked: 1 };
  const stopped = [{ ...one, stopped: 'why', waiting: undefined }];
  const keys = { stopped, waiting: [], parked: 1, complete: true };
  expect(needsAttention(look(0, 0, 0, { keys }))).toBe(true);
  const waiting = [{ ...one, stopped: undefined, waiting: { place: 2, since: 1, until: undefined } }];
  expect(needsAttention(look(0, 0, 0, { keys: { ...keys, stopped: [], waiting } }))).toBe(false);
});
