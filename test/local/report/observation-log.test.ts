import { expect, test } from 'vitest';
import { createIdSet } from '../../../local/report/id-set.ts';
import { createObservationLog, DRAWN_MAX, KEPT_MIN, since } from '../../../local/report/observation-log.ts';
import type { RunObservation } from '../../../local/report/observed.ts';
import { REASONS_MAX } from '../../../local/report/seen.ts';

const KEYS = 7;

/** What `requests` requests of two readings each leave behind: a read, a computation and a commit, and now and then a failure. */
function* runOf(requests: number): Generator<RunObservation> {
  for (let n = 0; n < requests; n += 1) {
    const [request, key, environment] = [`r-${n}`, `k-${n % KEYS}`, n % 3];
    yield { kind: 'read', request, start: n, end: n + 5, outcome: 'done', readings: 2, environment };
    yield { kind: 'compute', key, start: n + 5, end: n + 6, readings: 2, environment };
    yield { kind: 'commit', key, version: n, start: n + 6, end: n + 8, outcome: 'committed', environment };
    if (n % 10 !== 0) continue;
    yield {
      kind: 'failure',
      stage: 'read',
      group: '',
      messages: 1,
      reason: `page ${n} is away`,
      environment,
    };
  }
}

test('a run of any length keeps a bounded number of observations, and its sums are exact', () => {
  const log = createObservationLog();
  const requests = 150_000;
  let all = 0;
  for (const observation of runOf(requests)) {
    log.add(observation);
    all += 1;
    if (log.observations.length > 2 * KEPT_MIN) throw new Error('too many are kept');
  }
  const { observations, oneIn } = log.drawn();
  expect(observations.length).toBeLessThanOrEqual(3 * DRAWN_MAX);
  // Of each kind one in as many: they come in turns.
  const kinds = Map.groupBy(observations, ({ kind }) => kind);
  expect([...kinds].map(([kind, { length }]) => [kind, length])).toEqual(
    ['read', 'compute', 'commit'].map((kind) => [kind, Math.ceil(requests / oneIn)]),
  );
  expect((log.forgotten?.() ?? 0) + log.observations.length).toBe(all);

  const { seen } = log;
  expect([seen.read.size, seen.readings, seen.readMs]).toEqual([requests, 2 * requests, 5 * requests]);
  expect(seen.computed.size).toBe(KEYS);
  expect([...seen.computed.values()].reduce((sum, { readings }) => sum + readings, 0)).toBe(2 * requests);
  expect(seen.lastEnd).toBe(requests + 7);
  expect(seen.first).toEqual({ read: 5, computation: 5, commit: 8 });
  expect(seen.failures.size).toBe(REASONS_MAX + 1);
  expect([...seen.failures.values()].reduce((sum, { messages }) => sum + messages, 0)).toBe(requests / 10);
});

test('a short run is kept whole, and every observation is drawn', () => {
  const log = createObservationLog();
  const all = [...runOf(500)];
  for (const observation of all) log.add(observation);
  expect(log.observations).toEqual(all);
  expect(log.drawn()).toEqual({ observations: all, oneIn: 1 });
});

test('a reader of the log sees each observation once, also after older ones were dropped', () => {
  const log = createObservationLog();
  const seen = createIdSet();
  let [next, reads, looks] = [0, 0, 0];
  const look = () => {
    const found = since(log, next);
    next = found.next;
    looks += 1;
    for (const each of found.observations) {
      if (each.kind !== 'read') continue;
      reads += 1;
      seen.add(each.request);
    }
  };
  let count = 0;
  for (const observation of runOf(60_000)) {
    log.add(observation);
    count += 1;
    if (count % 7_001 === 0) look();
  }
  look();
  expect([seen.size, reads]).toEqual([60_000, 60_000]);
  expect(looks).toBeGreaterThan(20);
});
