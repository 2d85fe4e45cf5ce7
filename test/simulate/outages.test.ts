import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../functions/limits.ts';
import { checkRest } from '../../simulate/oracle/check-rest.ts';
import { sampleSubject } from '../../simulate/subject/sample-subject.ts';
import type { Outage } from '../../simulate/world/faults.ts';
import { createWorld, type World } from '../../simulate/world/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const REQUESTS = 120;
const KEYS = ['alpha', 'beta', 'gamma', 'delta'];

/** Requests come all the time: before the outage, while it lasts, and behind it. */
async function runWith(seed: number, of: Outage['of'], lastsMs: number): Promise<World> {
  const spanMs = lastsMs + 20 * MINUTE_MS;
  const world = createWorld(seed, false, {
    ...sampleSubject,
    limits: defaultLimits,
    draw: () => ({ about: `an outage of ${of}`, workload: workloadOf(spanMs) }),
    outages: (startedAt) => [
      { of, from: startedAt + 10 * MINUTE_MS, to: startedAt + 10 * MINUTE_MS + lastsMs },
    ],
  });
  for (const { body, submitAt } of world.workload.requests) {
    void world.clock.sleep(submitAt[0] ?? 0).then(() => {
      world.queues.requests.send({ body });
    });
  }
  const idle = await world.clock.runUntilIdle(world.clock.now() + 10 * 24 * HOUR_MS);
  expect(idle, 'everything comes to rest').toBe(true);
  checkRest(world, 1);
  expect(world.oracle.violations).toEqual([]);
  expect(world.queues.requestsDead.list()).toEqual([]);
  expect(world.queues.readingsDead.list()).toEqual([]);
  return world;
}

function workloadOf(spanMs: number) {
  const requests = Array.from({ length: REQUESTS }, (_, n) => ({
    n,
    kind: 'plain' as const,
    id: undefined,
    body: `{"n":${n}}`,
    submitAt: [(n / REQUESTS) * spanMs],
    turn: undefined,
    readings: () => [{ r: n, s: 0, a: 0, k: KEYS[n % KEYS.length] ?? '', t: 'emits' as const }],
  }));
  const mode = { order: 'arrival', gap: 'skip', poison: 'quarantine' } as const;
  return {
    mode,
    keys: KEYS,
    requests,
    spanMs,
    deadly: false,
    attended: false,
    initials: new Map(),
    readMsMax: 1_000,
  };
}

function applied({ oracle }: World): number {
  return [...oracle.keys.values()].reduce((sum, facts) => sum + facts.applied.size, 0);
}

function delivered({ oracle }: World): number {
  return [...oracle.keys.values()].reduce((sum, facts) => sum + facts.delivered.size, 0);
}

const SEEDS = [1, 2, 3, 4, 5];

describe('at the default settings, without an operator,', () => {
  test.each(SEEDS)(
    'sixty seconds without DynamoDB dead-letter nothing and lose nothing (seed %d)',
    async (seed) => {
      expect(applied(await runWith(seed, 'dynamo', MINUTE_MS))).toBe(REQUESTS);
    },
  );

  test.each(SEEDS)(
    'sixty seconds without SQS dead-letter nothing and lose nothing (seed %d)',
    async (seed) => {
      expect(applied(await runWith(seed, 'sqs', MINUTE_MS))).toBe(REQUESTS);
    },
  );

  test.each(SEEDS)(
    'an hour without the source of the reads dead-letters nothing and loses nothing (seed %d)',
    async (seed) => {
      expect(applied(await runWith(seed, 'source', HOUR_MS))).toBe(REQUESTS);
    },
  );

  test.each(SEEDS)(
    'thirty hours without the sink: state goes on, and every output is delivered or kept with its data (seed %d)',
    async (seed) => {
      const world = await runWith(seed, 'sink', 30 * HOUR_MS);
      expect(applied(world)).toBe(REQUESTS);
      const kept = world.stream.undelivered.filter((image) => image['outputs'] !== undefined);
      expect(kept.length).toBeGreaterThan(0);
      // checkRest has compared the outputs one by one.
      expect(delivered(world)).toBeLessThan(REQUESTS);
    },
  );
});
