import { describe, expect, test } from 'vitest';
import { watchStatus } from '../../../cli/run/run-status.ts';
import type { Observation } from '../../../functions/ports.ts';
import { commitOf } from './commit-observation.ts';

const counts = { visible: 0, inFlight: 0, delayed: 0 };

function watch(
  requests: Partial<typeof counts>,
  observations: Observation[],
  submitted = 10,
  backfill?: typeof counts,
) {
  const queues: Record<string, typeof counts> = {
    RequestsQueue: { ...counts, ...requests },
    ...(backfill && { BackfillQueue: backfill }),
  };
  return watchStatus({
    observations,
    submitted: () => submitted,
    requestQueues: Object.keys(queues),
    stack: { counts: (name) => queues[name] ?? counts },
  });
}

const read = (request: string, outcome: 'done' | 'failed' | 'dead', readings = 1): Observation => ({
  kind: 'read',
  start: 0,
  end: 1,
  request,
  outcome,
  readings,
});
const commit = (requests: string[], applied: number): Observation => commitOf('k', { requests, applied });

describe('the progress of a run', () => {
  test('counts a request when it has taken effect, not when SQS has deleted it', () => {
    const status = watch({ inFlight: 10 }, [read('a', 'done'), read('b', 'done'), commit(['a'], 3)]);
    expect(status()).toMatchObject({ requests: 10, done: 1, applied: 3, reading: 8 });
  });

  test('counts the requests of a backfill that are being read', () => {
    const status = watch({ visible: 4, inFlight: 3 }, [], 10, { visible: 1, inFlight: 2, delayed: 0 });
    expect(status()).toMatchObject({ requests: 10, reading: 5 });
  });

  test('counts requests that failed as still being read, and those that gave nothing or died as done', () => {
    const status = watch({ inFlight: 9 }, [read('a', 'failed'), read('b', 'done', 0), read('c', 'dead', 0)]);
    expect(status()).toMatchObject({ done: 2, dead: 1, reading: 8 });
  });

  test('counts each observation once, however often it is asked, and each request once', () => {
    const observations = [commit(['a'], 1)];
    const status = watch({ visible: 9 }, observations);
    status();
    observations.push(commit(['a', 'b'], 2));
    status();
    expect(status()).toMatchObject({ done: 2, applied: 3, reading: 0 });
  });
});
