import { describe, expect, test } from 'vitest';
import { readPrices } from '../../local/bill/prices.ts';
import { type Forecast, makePlan, type Plan, percentile } from '../../plan/plan.ts';
import { awsProfile } from '../../plan/profile.ts';
import { stageTimes } from '../../plan/report/latency.ts';
import { planFor, workload } from './workload-builder.ts';

function forecastOf(plan: Plan) {
  if (plan.forecast === undefined) throw new Error(`nothing was simulated: ${plan.verdict}`);
  return plan.forecast;
}

const p50 = (plan: Plan) => percentile(forecastOf(plan).outcome.measured.total, 0.5);

describe('the verdict', () => {
  test('a modest rate is carried, and every reading is committed', async () => {
    const plan = await planFor();
    expect(plan.verdict).toBe('fits');
    expect(forecastOf(plan).outcome.unfinished).toBe(0);
    expect(forecastOf(plan).outcome.messages).toBe(forecastOf(plan).outcome.requests);
  });

  test('more than one key can take is refused by the name of that limit, and not simulated', async () => {
    const plan = await planFor({ keys: 1, requestsPerSecond: 2_000 });
    expect(plan.verdict).toBe('never');
    expect(plan.forecast).toBeUndefined();
    expect(plan.exceeded.map(({ name }) => name)).toContain('hottest key, batch after batch');
    expect(plan.first?.reachedAt).toBeLessThan(2_000);
  });

  test('a million single requests a second are refused, a million readings in packs are carried', async () => {
    const pack = { requestsPerSecond: 10_000, readingsPerRequest: 100, computeMs: 0.01, memoryMb: 1024 };
    const many = { keys: 1_000_000, readMs: { median: 150, p99: 1500 } };
    expect((await planFor({ ...many, requestsPerSecond: 1_000_000 })).verdict).toBe('never');
    expect((await planFor({ ...many, ...pack })).verdict).toBe('fits');
  });

  test('with merge one key takes many times more, the readers have its work, and what does not help is left out', async () => {
    const hot = { keys: 1, requestsPerSecond: 50, readingsPerRequest: 200, computeMs: 0.05, stateBytes: 300 };
    const [plain, merged] = [await planFor(hot), await planFor({ ...hot, mergeMs: 0.05 })];
    expect(merged.hottest.ceiling).toBeGreaterThan(5 * plain.hottest.ceiling);
    expect(merged.needed.readers).toBeGreaterThanOrEqual(plain.needed.readers);
    expect(forecastOf(merged).outcome.unfinished).toBe(0);
    const alone = { ...hot, readingsPerRequest: 1 };
    expect((await planFor({ ...alone, mergeMs: 0.2 })).hottest.ceiling).toBe(
      (await planFor(alone)).hottest.ceiling,
    );
    const slow = { ...hot, computeMs: 0.2 };
    expect((await planFor({ ...slow, mergeMs: 0.2 })).hottest.ceiling).toBe(
      (await planFor(slow)).hottest.ceiling,
    );
  });

  test('settings that are too small are named, and the plan goes on with those needed', async () => {
    const plan = await planFor({ requestsPerSecond: 500, readersMax: 2, readMs: 2_000, keys: 10_000 });
    expect(plan.verdict).toBe('settings');
    expect(plan.exceeded.map(({ name }) => name)).toEqual(['readersMax']);
    expect(plan.settings).toEqual(plan.needed);
    expect(plan.settings.readers).toBeGreaterThan(2);
    expect(forecastOf(plan).outcome.unfinished).toBe(0);
  });

  test('reads that never end within their time are refused', async () => {
    const plan = await planFor({ readMs: 30_000 });
    expect(plan.verdict).toBe('never');
    expect(plan.exceeded.map(({ name }) => name)).toContain('reads beyond readTimeoutMs');
  });

  test('a burst is weighed by what piles up behind its hottest key, not by all that comes', async () => {
    const burst = { seconds: 100, everySeconds: 100_000 };
    const backlogOf = async (requestsPerSecond: number) => {
      const plan = await planFor(
        { keys: 1, requestsPerSecond: 0.001, burst: { ...burst, requestsPerSecond } },
        1,
        1_000,
      );
      return plan.limits.find(({ name }) => name === 'FIFO backlog after a burst')?.used;
    };
    expect(await backlogOf(10)).toBe(0);
    expect(await backlogOf(1_000)).toBeGreaterThan(80_000);
    expect(await backlogOf(1_000)).toBeLessThan(100_000);
  });

  test('a limit that nobody could confirm does not decide', async () => {
    const plan = await planFor({
      requestsPerSecond: 3_000,
      keys: 1_000_000,
      computesMax: 250,
      memoryMb: 1769,
      stateBytes: 30_000,
    });
    expect(plan.exceeded.map(({ name, confidence }) => [name, confidence])).toEqual([
      ['writes of the table', 'U'],
    ]);
    expect(plan.verdict).toBe('fits');
  });
});

describe('the forecast', () => {
  test('messages that were sent in one call reach a waiting compute together', async () => {
    const { outcome } = forecastOf(
      await planFor({ requestsPerSecond: 2, readingsPerRequest: 5, keysPerRequest: 5, keys: 1_000_000 }),
    );
    expect(outcome.compute.receives / outcome.counts.sends).toBeLessThan(1.05);
  });

  test('a backlog fills batches, so a million readings cost less than at an even rate', async () => {
    const fields = { requestsPerSecond: 200, keys: 1_000_000, stateBytes: 30 };
    const [even, backlog] = [await planFor(fields), await planFor({ ...fields, arrivals: 'backlog' })];
    const filled = ({ outcome }: Forecast) => outcome.messages / outcome.compute.receives;
    expect(filled(forecastOf(backlog))).toBeGreaterThan(9);
    expect(filled(forecastOf(even))).toBeLessThan(7);
    expect(forecastOf(backlog).bill.usdPerMillionReadings).toBeLessThan(
      0.95 * forecastOf(even).bill.usdPerMillionReadings,
    );
  });

  test('is the same for the same seed, and another for another', async () => {
    const [one, two, other] = await Promise.all([planFor({}, 7), planFor({}, 7), planFor({}, 8)]);
    expect(forecastOf(one).outcome).toEqual(forecastOf(two).outcome);
    expect(p50(other)).not.toBe(p50(one));
  });

  test('no reading is committed before its read has ended', async () => {
    const { measured } = forecastOf(await planFor({ readMs: 400 })).outcome;
    expect(Math.min(...measured.total)).toBeGreaterThan(400);
    expect(measured.read.every((ms) => Math.abs(ms - 400) < 1e-6)).toBe(true);
  });

  test('the stages of a reading add up to its whole time', async () => {
    const { total, waitForReader, read, send, waitForKey, compute } = forecastOf(await planFor()).outcome
      .measured;
    for (const [index, ms] of total.entries()) {
      const parts = [waitForReader, read, send, waitForKey, compute].map((stage) => stage[index] ?? 0);
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(ms, 6);
    }
  });

  test('in request order a reading waits for those before it', async () => {
    const few = { keys: 5, requestsPerSecond: 10, readMs: { median: 100, p99: 3000 } };
    const [arrival, request] = await Promise.all([planFor(few), planFor({ ...few, order: 'request' })]);
    expect(forecastOf(request).outcome.unfinished).toBe(0);
    expect(forecastOf(request).outcome.counts.parked).toBeGreaterThan(0);
    expect(p50(request)).toBeGreaterThan(1.2 * p50(arrival));
  });

  test('a read that outlasts its time comes again, and is committed in the end', async () => {
    const plan = await planFor({ readMs: { median: 100, p99: 600 }, readTimeoutMs: 500 });
    const { counts, unfinished } = forecastOf(plan).outcome;
    expect(counts.retries).toBeGreaterThan(0);
    expect(unfinished).toBe(0);
  });

  test('a burst waits longer than the same requests spread out', async () => {
    const burst = { requestsPerSecond: 400, seconds: 10, everySeconds: 100 };
    const fields = { readersMax: 5, computesMax: 5, readsPerInvocation: 10, keys: 1_000 };
    const [even, bursts] = await Promise.all([
      planFor({ ...fields, requestsPerSecond: 40 }),
      planFor({ ...fields, requestsPerSecond: 0.001, burst }),
    ]);
    expect(percentile(forecastOf(bursts).outcome.measured.total, 0.9)).toBeGreaterThan(
      percentile(forecastOf(even).outcome.measured.total, 0.9),
    );
  });

  test('a slice says what the whole does', async () => {
    const fields = { requestsPerSecond: 400, keys: 4_000, readersMax: 200, computesMax: 100 };
    const [whole, slice] = await Promise.all([planFor(fields, 1, 40_000), planFor(fields, 1, 3_000)]);
    expect(forecastOf(slice).excerpt.keys.share).toBeLessThan(0.5);
    expect(forecastOf(whole).excerpt.keys.share).toBe(1);
    expect(p50(slice) / p50(whole)).toBeCloseTo(1, 1);
    const [a, b] = [forecastOf(slice).bill, forecastOf(whole).bill];
    expect(a.usdPerMonth / b.usdPerMonth).toBeCloseTo(1, 0);
  });

  test('outputs are written after their commit', async () => {
    const plan = await planFor({ writeMs: 50, outputsPerReading: 1 });
    const { write } = forecastOf(plan).outcome.measured;
    expect(write).toHaveLength(forecastOf(plan).outcome.measured.total.length);
    expect(Math.min(...write)).toBeGreaterThanOrEqual(50);
  });

  test('every figure is a number', async () => {
    const plan = await planFor({
      computeMs: 0,
      readMs: 0,
      lingerMs: 0,
      commitAfterMs: 0,
      keys: 1e12,
      skew: 5,
      requestsPerSecond: 5,
    });
    const { bill, inUse, outcome } = forecastOf(plan);
    const figures = [
      ...plan.limits.flatMap(({ used, limit, reachedAt = 0 }) => [used, limit, reachedAt]),
      ...bill.items.flatMap(({ quantity, usd }) => [quantity, usd]),
      ...stageTimes(outcome.measured).flatMap(({ p50: median, p90, p99 }) => [median, p90, p99]),
      bill.usdPerMonth,
      bill.usdPerMillionReadings,
      inUse.readers,
      inUse.computes,
    ];
    expect(figures.filter((figure) => !Number.isFinite(figure))).toEqual([]);
  });
});

describe('settings far above those needed', () => {
  test('are compared with a second simulation, which is the plan with the settings needed', async () => {
    const plan = await planFor({ readersMax: 50, computesMax: 50 });
    const { readers, computes } = plan.needed;
    expect(plan.settings).toMatchObject({ readers: 50, computes: 50 });
    expect(plan.withNeeded?.bill).toEqual(
      forecastOf(await planFor({ readersMax: readers, computesMax: computes })).bill,
    );
    expect(plan.withNeeded?.bill.usdPerMonth).toBeLessThan(forecastOf(plan).bill.usdPerMonth);
  });

  test('cost no second simulation if the settings are not far above', async () => {
    expect((await planFor()).withNeeded).toBeUndefined();
    expect((await planFor({ readersMax: 9, computesMax: 9 })).withNeeded).toBeUndefined();
    expect(
      (await planFor({ keys: 1, requestsPerSecond: 2_000, readersMax: 500 })).withNeeded,
    ).toBeUndefined();
  });
});

describe('the bill', () => {
  test('is the sum of its items, and grows with the rate', async () => {
    const [small, large] = await Promise.all([planFor(), planFor({ requestsPerSecond: 500, keys: 1_000 })]);
    const { items, usdPerMonth } = forecastOf(small).bill;
    expect(items.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(usdPerMonth, 9);
    expect(forecastOf(large).bill.usdPerMonth).toBeGreaterThan(usdPerMonth);
  });

  test('of packed readings is a fraction of that of single ones', async () => {
    const [single, packed] = await Promise.all([
      planFor({ requestsPerSecond: 200 }),
      planFor({ requestsPerSecond: 2, readingsPerRequest: 100 }),
    ]);
    const ratio =
      forecastOf(packed).bill.usdPerMillionReadings / forecastOf(single).bill.usdPerMillionReadings;
    expect(ratio).toBeLessThan(0.2);
  });

  test('has the surcharge of a fair queue as soon as requests name tenants, and never without', async () => {
    const [none, two] = await Promise.all([planFor(), planFor({ tenants: 2 })]);
    const surcharge = (plan: typeof none) =>
      forecastOf(plan).bill.items.find(({ item }) => /fair/.test(item));
    expect(surcharge(none)).toBeUndefined();
    const { usd = 0, quantity = 0 } = surcharge(two) ?? {};
    expect(usd).toBeCloseTo(quantity / 10_000_000, 9);
    expect(quantity).toBeGreaterThan(0);
  });

  test('has the polls of the empty queue where the pipeline has a backfill lane', async () => {
    const options = {
      profile: awsProfile,
      prices: readPrices(),
      region: 'us-east-1',
      seed: 1,
      requests: 500,
    };
    const [none, lane] = await Promise.all([
      makePlan(workload(), options),
      makePlan({ ...workload(), lane: { readersMax: 5, share: 0.2 } }, options),
    ]);
    const polls = (plan: typeof none) =>
      forecastOf(plan).bill.items.find(({ item }) => item === 'SQS idle polls, backfill');
    expect(polls(none)).toBeUndefined();
    // Five pollers, each with a call in twenty seconds.
    expect(polls(lane)).toMatchObject({ quantity: (5 * 730 * 3600) / 20 });
  });

  test('has the schedules, messages and commits of wakes where the workload says how many a reading leads to', async () => {
    const [none, some] = await Promise.all([planFor(), planFor({ wakesPerReading: 0.5 })]);
    const linesOf = (plan: typeof none) =>
      forecastOf(plan).bill.items.filter(({ item }) => item.includes('wakes'));
    expect(linesOf(none)).toEqual([]);
    const [schedules, messages, writes] = linesOf(some);
    const readings = 50 * 730 * 3600;
    expect(schedules).toMatchObject({ quantity: readings / 2, usd: readings / 2_000_000 });
    expect(messages?.quantity).toBe((3 * readings) / 2);
    expect(writes?.quantity).toBeGreaterThanOrEqual(readings / 2);
  });
});
