import { describe, expect, test } from 'vitest';
import { readPrices } from '../../local/bill/prices.ts';
import { makePlan, type Plan } from '../../plan/plan.ts';
import { awsProfile } from '../../plan/profile.ts';
import { readWorkload } from '../../plan/read-workload.ts';
import { renderPlanPage } from '../../plan/report/page.ts';
import { renderPlan } from '../../plan/report/text.ts';

const TERMINAL = { columns: 100, interactive: false, colour: false };
const lane = { readersMax: 5, share: 0.2 };

function planOf(fields: Record<string, unknown>, source?: { rate?: number; concurrency?: number }) {
  const given = { requestsPerSecond: 10, readMs: 100, keys: 10_000, ...fields };
  const workload = readWorkload(given, { folder: import.meta.dirname, lane, source });
  const options = {
    profile: awsProfile,
    prices: readPrices(),
    region: 'us-east-1',
    seed: 1,
    requests: 2_000,
  };
  return makePlan(workload, options);
}

function backfillOf({ backfill }: Plan) {
  if (backfill === undefined) throw new Error('the plan has no backfill');
  return backfill;
}

const textOf = (plan: Plan) => renderPlan(plan, TERMINAL).replaceAll(/\s+/g, ' ');

describe('the plan of a backfill', () => {
  test('has a bill of its own, which grows with its requests and is not in the bill of a month', async () => {
    const [none, some, more] = await Promise.all([
      planOf({}),
      planOf({ backfill: { requests: 1_000_000 } }),
      planOf({ backfill: { requests: 3_000_000 } }),
    ]);
    expect(none.backfill).toBeUndefined();
    expect(some.forecast?.bill.usdPerMonth).toBe(none.forecast?.bill.usdPerMonth);
    const { usd, items, seconds } = backfillOf(some);
    expect(backfillOf(more).usd / usd).toBeCloseTo(3, 6);
    expect(backfillOf(more).seconds / seconds).toBeCloseTo(3, 6);
    expect(usd).toBeCloseTo(
      items.reduce((sum, line) => sum + line.usd, 0),
      9,
    );
    // Each request is sent, received and deleted, in batches of at most ten, and each reading committed.
    const of = (name: string) => items.find(({ item }) => item === name)?.quantity ?? 0;
    expect(of('SQS requests queue')).toBeGreaterThanOrEqual(300_000);
    expect(of('DynamoDB writes')).toBeGreaterThan(100_000);
    expect(items.map(({ item }) => item).join()).not.toMatch(/idle|storage/);
  });

  test('costs less for a request than live ones, because its batches are full', async () => {
    const plan = await planOf({ backfill: { requests: 1_000_000 } });
    const live = (plan.forecast?.bill.usdPerMonth ?? 0) / (10 * 730 * 3600);
    expect(backfillOf(plan).usd / 1_000_000).toBeLessThan(live);
  });

  test('runs as fast as the readers of its lane, or its share of the sources, or its submits allow', async () => {
    const backfill = { requests: 1_000 };
    const readers = backfillOf(await planOf({ backfill }));
    expect(readers.boundBy).toBe('readers');
    const slower = backfillOf(await planOf({ backfill, readMs: 5_000 }));
    expect(slower.requestsPerSecond).toBeLessThan(readers.requestsPerSecond);
    const sources = backfillOf(await planOf({ backfill, sources: 3 }, { rate: 20 }));
    expect(sources).toMatchObject({ boundBy: 'sources', requestsPerSecond: 12, seconds: 1_000 / 12 });
    const slots = backfillOf(await planOf({ backfill, sources: 1 }, { concurrency: 10 }));
    expect(slots).toMatchObject({ boundBy: 'sources', requestsPerSecond: 20 });
    const submits = backfillOf(
      await planOf({ backfill: { ...backfill, requestsPerSecond: 2 } }, { rate: 20 }),
    );
    expect(submits).toMatchObject({ boundBy: 'submits', requestsPerSecond: 2, seconds: 500 });
  });

  test('goes on at a tenth of its share where live requests use the whole source', async () => {
    const fields = { backfill: { requests: 10 }, requestsPerSecond: 20, sources: 1 };
    expect(backfillOf(await planOf(fields, { rate: 20 })).requestsPerSecond).toBeCloseTo(0.4, 9);
  });

  test('names the limits that both lanes together exceed while it runs', async () => {
    const plan = await planOf({ keys: 2, backfill: { requests: 1_000_000 } });
    expect(plan.verdict).toBe('fits');
    const text = textOf(plan);
    expect(text).toMatch(
      /While it runs, more is asked than can be done.*hottest key, batch after batch: needs/,
    );
    expect(text).toContain('Or lower backfill.readersMax or backfill.share.');
    const sparse = textOf(await planOf({ backfill: { requests: 100, requestsPerSecond: 1 } }));
    expect(sparse).toMatch(/While it runs, the nearest limit of both lanes is .* % used\./);
  });

  test('is in the text and on the page', async () => {
    const plan = await planOf({ backfill: { requests: 1_000_000 } }, { rate: 20 });
    for (const report of [textOf(plan), renderPlanPage(plan)]) {
      expect(report).toContain(
        '1,000,000 requests at 4 a second, the share of 0.2 of one source: 69 h 26 min.',
      );
      expect(report).toContain('DynamoDB writes, sources');
      expect(report).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('the sources of a plan', () => {
  test('are a limit where their number is given: too few carry the rate with no settings', async () => {
    const plan = await planOf({ requestsPerSecond: 50, sources: 2 }, { rate: 20 });
    expect(plan.verdict).toBe('never');
    expect(textOf(plan)).toMatch(
      /reads of the sources: needs 50 of 40 reads\/s, reached at 40 readings a second/,
    );
    const enough = await planOf({ requestsPerSecond: 50, sources: 3 }, { rate: 20 });
    expect([enough.verdict, enough.first?.name]).toEqual(['fits', 'reads of the sources']);
  });

  test('are named in a note where it is not: how many the rate needs', async () => {
    const text = textOf(await planOf({ requestsPerSecond: 50 }, { rate: 20 }));
    expect(text).toContain(
      'Each source allows 20 reads a second (source), so these requests need 3 sources or more.',
    );
    expect(textOf(await planOf({}, { rate: 20 }))).not.toContain('Each source allows');
  });
});
