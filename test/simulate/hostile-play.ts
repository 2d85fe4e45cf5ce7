/**
 * Keys with a hostile compute next to innocent ones, on the virtual clock, with no other faults: the time
 * until all are done, and the delivery in which the last one was.
 */
import { defaultLimits } from '../../functions/limits.ts';
import type { SettingsOverride } from '../../infra/settings/settings.ts';
import { parseMessage } from '../../simulate/oracle/message-facts.ts';
import type { ReadingKind } from '../../simulate/oracle/reference.ts';
import { sampleSubject } from '../../simulate/subject/sample-subject.ts';
import { createChance } from '../../simulate/world/chance.ts';
import { createWorld } from '../../simulate/world/world.ts';

/** Spread over the guilty ones' batches. */
const INNOCENTS = 44;
const SUBMITTED_WITHIN_MS = 2_000;
const LOOK_EVERY_MS = 250;

export interface Course {
  readonly innocentsMs: number;
  readonly guiltyMs: number;
  readonly innocentDeliveries: number;
  readonly guiltyDeliveries: number;
}

export async function playHostile(
  seed: number,
  guilty: readonly ReadingKind[],
  settings: SettingsOverride = {},
): Promise<Course> {
  const chance = createChance(seed, 99);
  const kinds: ReadingKind[] = [...guilty, ...Array.from({ length: INNOCENTS }, () => 'plain' as const)];
  const requests = kinds.map((t, n) => ({
    n,
    kind: 'plain' as const,
    id: undefined,
    body: `{"n":${n}}`,
    submitAt: [chance.between(0, SUBMITTED_WITHIN_MS)],
    turn: undefined,
    readings: () => [{ r: n, s: 0, a: 0, k: `key ${n}`, t }],
  }));
  const mode = { order: 'arrival', gap: 'skip', poison: 'quarantine' } as const;
  const keys = requests.map(({ n }) => `key ${n}`);
  const world = createWorld(seed, false, {
    ...sampleSubject,
    limits: defaultLimits,
    settings,
    draw: () => ({
      about: 'hostile computes',
      workload: {
        mode,
        keys,
        requests,
        spanMs: SUBMITTED_WITHIN_MS,
        deadly: true,
        attended: false,
        initials: new Map(),
        readMsMax: 100,
      },
    }),
    outages: () => [],
  });
  const { clock, oracle, queues } = world;
  const start = clock.now();
  for (const { body, submitAt } of requests)
    void clock.sleep(submitAt[0] ?? 0).then(() => queues.requests.send({ body }));
  const deliveries = new Map<number, number>();
  const isGuilty = (n: number) => n < guilty.length;
  const left = new Set(requests.map(({ n }) => n));
  let [innocentsMs, guiltyMs] = [0, 0];
  while (left.size > 0) {
    await clock.advance(LOOK_EVERY_MS);
    for (const { body, receiveCount } of queues.readings.list()) {
      const n = Number(parseMessage(body)?.key.slice('key '.length));
      // What comes back though it is committed costs nothing.
      if (left.has(n)) deliveries.set(n, receiveCount);
    }
    for (const n of left) {
      const facts = oracle.keys.get(`key ${n}`);
      if (facts === undefined || facts.applied.size + facts.aside.size === 0) continue;
      if (facts.applied.size > 0 === isGuilty(n)) throw new Error(`key ${n} came to the wrong end`);
      left.delete(n);
      if (isGuilty(n)) guiltyMs = clock.now() - start;
      else innocentsMs = clock.now() - start;
    }
  }
  if (oracle.violations.length > 0) throw new Error(JSON.stringify(oracle.violations));
  const most = (of: (n: number) => boolean) =>
    Math.max(...[...deliveries].filter(([n]) => of(n)).map(([, count]) => count));
  const innocentDeliveries = most((n) => !isGuilty(n));
  return { innocentsMs, guiltyMs, innocentDeliveries, guiltyDeliveries: most(isGuilty) };
}

/** So many readings of these kinds in turn. */
export function guilty(count: number, ...kinds: readonly ReadingKind[]): ReadingKind[] {
  return Array.from({ length: count }, (_, n) => kinds[n % kinds.length] ?? 'plain');
}
