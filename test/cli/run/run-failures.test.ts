import { expect, test } from 'vitest';
import { REASONS_MAX, watchFailures } from '../../../cli/run/run-failures.ts';
import type { Observation } from '../../../functions/ports.ts';
import { commitOf } from './commit-observation.ts';

const REFUSED = 'TypeError: fetch failed: connect ECONNREFUSED 127.0.0.1:1';

/** As the reader observes it: first the read, then why it failed. */
function failedRead(request: string, reason: string, outcome: 'failed' | 'dead' = 'failed'): Observation[] {
  return [
    { kind: 'read', request, start: 0, end: 1, outcome, readings: 0 },
    { kind: 'failure', stage: 'read', group: 'm', messages: 1, reason, request },
  ];
}

test('the first failure of each reason is reported at once, later ones are only counted', () => {
  const observations: Observation[] = [];
  const failures = watchFailures({ observations });
  expect(failures()).toEqual([]);
  observations.push(...failedRead('r-1', REFUSED), ...failedRead('r-2', REFUSED));
  expect(failures()).toEqual([`read failed: ${REFUSED} · request r-1, attempt 1, to be tried again`]);
  observations.push(...failedRead('r-1', REFUSED), ...failedRead('r-1', 'HTTP status 503'));
  expect(failures()).toEqual(['read failed: HTTP status 503 · request r-1, attempt 3, to be tried again']);
});

test('a request that is set aside is reported even if its reason was reported before', () => {
  const observations = [...failedRead('r-1', REFUSED), ...failedRead('r-1', REFUSED, 'dead')];
  expect(watchFailures({ observations })()).toEqual([
    `read failed: ${REFUSED} · request r-1, attempt 1, to be tried again`,
    `read failed: ${REFUSED} · request r-1, attempt 2, set aside`,
  ]);
});

test('readings set aside, keys that stop, and computes and writes that fail are reported with their key', () => {
  const observations: Observation[] = [
    commitOf('a', {
      dead: 1,
      requests: ['r-1', 'r-2'],
      setAside: { reasons: ['amount 2 cannot be booked'], requests: ['r-2'] },
    }),
    commitOf('a', {
      dead: 2,
      setAside: { reasons: ['amount 3 cannot be booked'], requests: ['r-3', 'r-4'] },
    }),
    commitOf('b', { stopped: { reason: 'negative', before: false } }),
    commitOf('b', { stopped: { reason: 'negative', before: true } }),
    { kind: 'failure', stage: 'compute', group: 'g', key: 'c', messages: 2, reason: 'throttled' },
    { kind: 'failure', stage: 'write', group: 'd', key: 'd', messages: 1, reason: 'sink is away' },
  ];
  expect(watchFailures({ observations })()).toEqual([
    'reading set aside: amount 2 cannot be booked · key a, request r-2',
    'reading set aside: amount 3 cannot be booked · key a',
    'key stopped: negative · key b',
    'compute failed: throttled · key c, 2 messages to be tried again',
    'write failed: sink is away · key d, 1 commit',
  ]);
});

test('skipped readings and resolved conflicts are not reported as failures', () => {
  const conflict: Observation = {
    kind: 'commit',
    key: 'a',
    version: 2,
    start: 0,
    end: 1,
    outcome: 'conflict',
  };
  expect(watchFailures({ observations: [commitOf('a', { skipped: 1 }), conflict] })()).toEqual([]);
});

test('reasons that differ each time do not flood the screen: after ten of them, a line says that the rest is in the report', () => {
  const observations = Array.from({ length: 50 }, (_, n) => failedRead(`r-${n}`, `page ${n} is away`)).flat();
  const failures = watchFailures({ observations });
  const notes = failures();
  expect(notes).toHaveLength(REASONS_MAX + 1);
  expect(notes.at(-1)).toMatch(/in the report/);
  observations.push(...failedRead('r-x', 'another'));
  expect(failures()).toEqual([]);
});
