import { describe, expect, test } from 'vitest';
import type { Lane } from '../../../../functions/backfill.ts';
import { createGate, type Gate } from '../../../../functions/reader/gate/gate.ts';
import { NotYetError } from '../../../../functions/reader/gate/gate-ports.ts';
import { NOTHING } from '../../../../functions/reader/gate/seen.ts';
import { settle } from '../../../../functions/reader/gate/settle.ts';
import { holderOf, laneLimits, partAlone } from '../../../../functions/reader/gate/share.ts';
import { type Ask, NEW_SOURCE } from '../../../../functions/reader/gate/shared-source.ts';
import type { SourceLimits } from '../../../../functions/source.ts';
import { createVirtualClock } from '../../../../model/virtual-clock.ts';
import { createRandom } from '../../../builders.ts';
import { createMemorySources, type MemorySources } from '../../../memory-sources.ts';
import fc from '../../../properties.ts';

const START = 1_000_000;
const RATE = 20;
const GAP_MS = 1000 / RATE;
const READ_MS = 100;

interface Begun {
  readonly lane: Lane;
  /** Ms from the start: when it came, and when it was let in. */
  readonly came: number;
  readonly at: number;
}

interface Play {
  readonly source?: SourceLimits;
  readonly share?: number;
  readonly environments?: number;
  /** Live requests a second; 0: none. */
  readonly livePerSecond: number;
  /** Backfill requests that are there at the start. */
  readonly backfill: number;
  readonly ms: number;
  readonly seed?: number;
  readonly store?: MemorySources;
}

/** Environments that read both lanes for a while; a request that is given back comes again when it may. */
async function play(own: Play) {
  const { source = { rate: RATE }, share = 0.2, environments = 3, livePerSecond, backfill, ms } = own;
  const { store = createMemorySources(), seed = 1 } = own;
  const clock = createVirtualClock(START);
  const random = createRandom(seed);
  // The same live requests come with a backfill and without one.
  const arrivals = createRandom(seed + 1);
  const gateOf = (lane: Lane, name: string): Gate =>
    createGate({
      ...{ name, store, clock, random, source, observe: () => {} },
      ...laneLimits(lane, { readersMax: 10 }, { readersMax: 5, share }),
    });
  const gates = Array.from({ length: environments }, (_, n) => ({
    live: gateOf('live', `e${n}`),
    backfill: gateOf('backfill', `e${n}`),
  }));
  const begun: Begun[] = [];
  const reading: Record<Lane, number> = { live: 0, backfill: 0 };
  const most: Record<Lane | 'both', number> = { live: 0, backfill: 0, both: 0 };
  const read = async (lane: Lane, came: number): Promise<void> => {
    while (clock.now() - START < ms) {
      const gate = gates[Math.floor(random() * gates.length)]?.[lane];
      const pass = await gate?.enter('s', 1_000).catch(async (error: unknown) => {
        if (!(error instanceof NotYetError)) throw error;
        await clock.sleep(error.until - clock.now());
      });
      if (pass === undefined) continue;
      begun.push({ lane, came, at: clock.now() - START });
      reading[lane] += 1;
      most[lane] = Math.max(most[lane], reading[lane]);
      most.both = Math.max(most.both, reading.live + reading.backfill);
      await clock.sleep(READ_MS);
      reading[lane] -= 1;
      pass.end('done');
      return;
    }
  };
  const live = async (): Promise<void> => {
    if (livePerSecond === 0) return;
    const reads: Promise<void>[] = [];
    while (clock.now() - START < ms) {
      await clock.sleep((-Math.log(1 - arrivals()) * 1000) / livePerSecond);
      reads.push(read('live', clock.now() - START));
    }
    await Promise.all(reads);
  };
  const old = Array.from({ length: backfill }, () => read('backfill', 0));
  await clock.run(Promise.all([live(), ...old]));
  begun.sort((a, b) => a.at - b.at);
  return { begun, of: (lane: Lane) => begun.filter((one) => one.lane === lane), store, most };
}

const waits = (reads: readonly Begun[]) => reads.map(({ came, at }) => at - came).sort((a, b) => a - b);
const part = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;

/** A source that gives `rate` reads a second, `burst` of them saved up, would refuse none. */
function assertWithin(reads: readonly Begun[], rate: number, burst: number): void {
  let [left, before] = [burst, Number.NEGATIVE_INFINITY];
  for (const { at } of reads) {
    left = Math.min(burst, left + ((at - before) * rate) / 1000) - 1;
    before = at;
    // Times are sums of fractions.
    expect(left, `a read at ${at}`).toBeGreaterThan(-0.001);
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, ms) => sum + ms, 0) / values.length;

describe('both lanes', () => {
  test('together keep to the rate of a source, and the backfill to its share, whatever the load of each', async () => {
    const plays = fc.record({
      rate: fc.integer({ min: 2, max: 60 }),
      burst: fc.integer({ min: 1, max: 5 }),
      share: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      environments: fc.integer({ min: 1, max: 5 }),
      livePerSecond: fc.integer({ min: 0, max: 60 }),
      backfill: fc.integer({ min: 0, max: 80 }),
      seed: fc.integer({ min: 1, max: 1_000 }),
    });
    const check = async ({ rate, burst, ...rest }: Omit<Play, 'ms'> & { rate: number; burst: number }) => {
      const { begun, of } = await play({ ...rest, source: { rate, burst }, ms: 4_000 });
      assertWithin(begun, rate, burst);
      const { share = 1 } = rest;
      // Beside what it saves up: as many as the last question gave it at once.
      const saved = 1 + 0.2 * rate * share;
      const began = of('backfill').map((one) => ({ ...one, at: one.at + 0.5 / rate }));
      assertWithin(began, rate * share * 1.0001, saved + 0.25 * rate * share + burst);
    };
    await fc.assert(fc.asyncProperty(plays, check), { numRuns: 60 });
  });

  test('together keep to the number of reads at once of a source, and the backfill to its share', async () => {
    const { most } = await play({
      source: { concurrency: 10 },
      livePerSecond: 200,
      backfill: 100,
      ms: 5_000,
    });
    expect(most).toMatchObject({ both: 10, backfill: 2 });
    const alone = await play({ source: { concurrency: 3 }, livePerSecond: 0, backfill: 50, ms: 5_000 });
    expect(alone.most).toMatchObject({ backfill: 1 });
  });

  test('stop when the source refuses either of them', async () => {
    for (const first of ['live', 'backfill'] as const) {
      const store = createMemorySources();
      const clock = createVirtualClock(START);
      const gateOf = (lane: Lane, name: string) =>
        createGate({
          ...{ name, store, clock, random: createRandom(), source: { rate: RATE }, observe: () => {} },
          ...laneLimits(lane, { readersMax: 10 }, { readersMax: 5, share: 0.2 }),
        });
      const [own, other] = [gateOf(first, 'e0'), gateOf(first === 'live' ? 'backfill' : 'live', 'e1')];
      const pass = await clock.run(own.enter('s', 1_000));
      await clock.run(pass.refuse({ waitMs: 60_000, certain: true }));
      const until = await clock.run(
        other.enter('s', 1_000).then(
          () => 'let in',
          (error: unknown) => (error instanceof NotYetError ? error.until : error),
        ),
      );
      expect(until).toBeGreaterThanOrEqual(START + 60_000);
    }
  });

  test('without the table continue with shares that add up to the rate', () => {
    const backfill = { readersMax: 5, share: 0.2 };
    const rates = (['live', 'backfill'] as const).map((name) => {
      const { lane, limits } = laneLimits(name, { readersMax: 10 }, backfill);
      return { environments: limits.readersMax, rate: (partAlone(lane) * RATE) / limits.readersMax };
    });
    expect(rates.reduce((sum, { environments, rate }) => sum + environments * rate, 0)).toBeCloseTo(RATE);
    expect(partAlone(undefined)).toBe(1);
  });
});

describe('a backfill', () => {
  test('lengthens the wait of live reads by less than half the time between two reads, on average', async () => {
    for (const livePerSecond of [4, 8, 12, 15]) {
      const [beside, alone] = await Promise.all(
        [500, 0].map((backfill) => play({ livePerSecond, backfill, ms: 60_000 })),
      );
      const [own, other] = [waits(beside?.of('live') ?? []), waits(alone?.of('live') ?? [])];
      expect(own.length).toBe(other.length);
      expect(mean(own) - mean(other)).toBeLessThan(GAP_MS / 2);
      expect(part(own, 0.95) - part(other, 0.95)).toBeLessThan(GAP_MS);
    }
  });

  test('uses only its share of the rate, even while nothing else is read', async () => {
    const { of } = await play({ livePerSecond: 0, backfill: 1_000, ms: 60_000 });
    const wanted = RATE * 0.2 * 60;
    expect(of('backfill').length).toBeGreaterThan(wanted * 0.95);
    expect(of('backfill').length).toBeLessThan(wanted * 1.02);
  });

  test('continues at a small part of its share while live reads alone need more than the rate', async () => {
    const { of } = await play({ livePerSecond: 2 * RATE, backfill: 500, ms: 60_000 });
    const share = RATE * 0.2 * 60;
    expect(of('backfill').length).toBeGreaterThan(share * 0.04);
    expect(of('backfill').length).toBeLessThan(share * 0.15);
  });

  test('that waits for its share raises no limit that was found', () => {
    const found = settle(NEW_SOURCE, ASK, { concurrency: 'adaptive' }).after;
    const report = { ...NOTHING, done: 80, doneMs: 80 * 100, doneStart: START };
    const later = { ...ASK, now: START + 3_000, report };
    const before = { ...found, found: found.found && { ...found.found, limit: 10, baseMs: 100 } };
    const limitOf = (ask: Ask) => settle(before, ask, { concurrency: 'adaptive' }).after.found?.limit;
    expect(limitOf(later)).toBeGreaterThan(10);
    expect(limitOf({ ...later, by: holderOf('me', true), share: 0.2 })).toBe(10);
  });
});

const ASK: Ask = {
  ...{ by: 'me', now: START, waiting: 20, running: 0, leadMs: 0, patienceMs: 1_000, leaving: 0, spare: 0 },
  report: NOTHING,
};
