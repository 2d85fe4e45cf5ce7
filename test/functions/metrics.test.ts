import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createMetrics } from '../../functions/metrics.ts';
import type { Committed, Observation } from '../../functions/ports.ts';

const Line = v.looseObject({
  _aws: v.strictObject({
    Timestamp: v.number(),
    CloudWatchMetrics: v.array(
      v.strictObject({
        Namespace: v.string(),
        Dimensions: v.array(v.array(v.string())),
        Metrics: v.array(v.strictObject({ Name: v.string(), Unit: v.string() })),
      }),
    ),
  }),
});

function lineOf(...observations: Observation[]): v.InferOutput<typeof Line> {
  const metrics = createMetrics();
  for (const observation of observations) metrics.add(observation);
  return v.parse(
    Line,
    JSON.parse(metrics.take(['clicks-production', 'compute'], 1_700_000_000_000.4) ?? '{}'),
  );
}

const read = (outcome: 'done' | 'failed' | 'dead', end: number): Observation => ({
  kind: 'read',
  request: 'r',
  start: 0,
  end,
  outcome,
  readings: outcome === 'done' ? 4 : 0,
});
const commit = (committed?: Partial<Committed>): Observation => ({
  kind: 'commit',
  key: 'k',
  version: 1,
  start: 0,
  end: 1,
  ...(committed === undefined ? { outcome: 'conflict' } : { outcome: 'committed' }),
  ...(committed && {
    committed: {
      requests: [],
      applied: 0,
      skipped: 0,
      dead: 0,
      parked: 0,
      numbersFell: 0,
      outputs: 0,
      stateBytes: 2,
      setAside: { reasons: [], requests: [] },
      stopped: undefined,
      ...committed,
    },
  }),
});

describe('the metrics of an invocation', () => {
  test('are one line in the embedded format, by stack and function only', () => {
    const line = lineOf(read('done', 10), read('done', 30), read('failed', 5), read('dead', 1));
    expect(line).toEqual({
      _aws: {
        Timestamp: 1_700_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Weir',
            Dimensions: [['Pipeline', 'Function']],
            Metrics: [
              { Name: 'ReadsDone', Unit: 'Count' },
              { Name: 'ReadingsRead', Unit: 'Count' },
              { Name: 'ReadMs', Unit: 'Milliseconds' },
              { Name: 'ReadsFailed', Unit: 'Count' },
              { Name: 'ReadsDead', Unit: 'Count' },
            ],
          },
        ],
      },
      Pipeline: 'clicks-production',
      Function: 'compute',
      ReadsDone: 2,
      ReadingsRead: 8,
      ReadMs: [10, 30, 5, 1],
      ReadsFailed: 1,
      ReadsDead: 1,
    });
  });

  test('count what the commits did, with the largest state', () => {
    const stopped = { reason: 'threw', before: true };
    const line = lineOf(
      commit({ applied: 3, stateBytes: 900 }),
      commit({ applied: 1, skipped: 2, dead: 1, stateBytes: 50 }),
      commit({ parked: 5, stopped }),
      commit(),
    );
    expect(line).toMatchObject({
      Commits: 3,
      Conflicts: 1,
      ReadingsApplied: 4,
      ReadingsSkipped: 2,
      ReadingsDead: 1,
      MessagesParked: 5,
      StoppedKeys: 1,
      StateBytes: 900,
    });
  });

  test('count outputs written, writes that failed, and messages returned', () => {
    const write = (outcome: 'done' | 'failed'): Observation => ({
      kind: 'write',
      key: 'k',
      version: 1,
      start: 0,
      end: 7,
      outputs: 3,
      outcome,
    });
    const failure: Observation = { kind: 'failure', stage: 'write', group: 'k', messages: 2, reason: 'r' };
    expect(lineOf(write('done'), write('failed'), failure)).toMatchObject({
      OutputsWritten: 3,
      WritesFailed: 1,
      GivenBack: 2,
      WriteMs: [7, 7],
    });
  });

  test('hold at most 100 values of one metric, the largest among them', () => {
    const reads = Array.from({ length: 250 }, (_, index) => read('done', 250 - (index % 200)));
    const { ReadMs } = lineOf(...reads, read('done', 9_000), read('done', 1));
    const values = v.parse(v.array(v.number()), ReadMs);
    expect([values.length, Math.max(...values)]).toEqual([100, 9_000]);
  });

  test('begin again after each invocation, and an invocation in which nothing happened sends none', () => {
    const metrics = createMetrics();
    expect(metrics.take(['p', 'f'], 0)).toBeUndefined();
    metrics.add(read('done', 1));
    expect(metrics.take(['p', 'f'], 0)).toContain('"ReadsDone":1');
    expect(metrics.take(['p', 'f'], 0)).toBeUndefined();
  });
});
