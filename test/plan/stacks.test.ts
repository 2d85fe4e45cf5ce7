import { describe, expect, test } from 'vitest';
import { readPrices } from '../../local/bill/prices.ts';
import { headroom } from '../../plan/headroom.ts';
import { makePlan } from '../../plan/plan.ts';
import { awsProfile } from '../../plan/profile.ts';
import { renderPlan } from '../../plan/report/text.ts';
import { chooseSettings } from '../../plan/settings.ts';
import { partOf, splitLimits } from '../../plan/stacks.ts';
import { workload } from './workload-builder.ts';

const LARGE = {
  requestsPerSecond: 10_000,
  readingsPerRequest: 100,
  computeMs: 0.01,
  keys: 1_000_000,
  skew: 0.5,
};

function limitsOf(stacks: number, fields: object = LARGE) {
  const part = partOf(workload({ ...fields }), stacks);
  const limits = headroom(part, chooseSettings(part, awsProfile), awsProfile, 'us-east-1');
  const split = splitLimits(limits, part.part ?? { stacks: 1, share: 1, hottest: 1 });
  return { part, limits, split, named: (name: string) => split.find((each) => each.name === name) };
}

describe('keys that are shared out over several stacks', () => {
  test('leave a stack its share of keys and requests, and all of the hottest key', () => {
    const { part } = limitsOf(4, { requestsPerSecond: 1_000, keys: 1_000, skew: 1 });
    const hottest = 1 / 7.4854; // The harmonic number of 1,000.
    expect(part.keys).toBe(250);
    expect(part.requestsPerSecond).toBeCloseTo(1_000 * (hottest + (1 - hottest) / 4), 0);
    expect((part.part?.hottest ?? 0) * part.requestsPerSecond).toBeCloseTo(1_000 * hottest, 0);
  });

  test('raise the limits of queues, mappings and tables, and neither those of a key nor those of the account', () => {
    const [one, four] = [limitsOf(1), limitsOf(4)];
    for (const { name, scope, withOne, withAll } of four.split) {
      expect(withAll / withOne, name).toBeCloseTo(scope === 'stack' ? 4 : 1, 1);
      expect(withOne / (one.named(name)?.withAll ?? 0), name).toBeCloseTo(1, 1);
    }
    expect(four.named('writes of the table')?.scope).toBe('stack');
    expect(four.named('concurrency of the account')?.scope).toBe('account');
    expect(four.named('hottest key, batch after batch')?.scope).toBe('key');
    expect(four.named('computesMax')).toBeUndefined();
  });

  test('count for the account together: a stack’s plan has the concurrency of all', () => {
    const used = (stacks: number) =>
      limitsOf(stacks).limits.find(({ name }) => name === 'concurrency of the account')?.used ?? 0;
    expect(used(4) / used(1)).toBeCloseTo(1, 1);
  });

  test('are told in the plan: of which stack it is, where each limit is met, and the bill of all', async () => {
    const part = partOf(workload({ keys: 1_000 }), 3);
    const plan = await makePlan(part, {
      profile: awsProfile,
      prices: readPrices(),
      region: 'us-east-1',
      seed: 1,
      requests: 1_000,
    });
    const text = renderPlan(plan, { columns: 100, interactive: false, colour: false });
    expect(text).toMatch(/one of 3 stacks, with 33\.4 % of all readings: the one with the hottest key/);
    expect(text).toMatch(/concurrency of the account +the account/);
    expect(text).toMatch(/All 3 stacks together: about [\d.,]+ USD a month/);
  });
});
