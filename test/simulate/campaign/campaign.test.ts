import { expect, test } from 'vitest';
import { type Campaign, runCampaign } from '../../../simulate/campaign/campaign.ts';
import { explain } from '../../../simulate/campaign/explain.ts';
import type { Until } from '../../../simulate/campaign/run-seed.ts';
import { mutants } from '../../../simulate/mutants/mutants.ts';
import { countersBelowGate } from '../../../simulate/oracle/counters.ts';

/** What each change is tested with. A release is tested with 2,000: docs/simulation.md. */
const SEEDS = 700;
const WORKERS = 2;
const MINUTES = 60_000;

test('seven hundred seeds of faults break no invariant, and meet every fault and branch', {
  timeout: 60 * MINUTES,
}, async () => {
  const campaign = await runCampaign({ from: 1, seeds: SEEDS, workers: WORKERS, failuresMax: 1 });
  const first = campaign.failed[0];
  expect(campaign.broken).toEqual([]);
  expect(first && explain(first)).toBeUndefined();
  expect(campaign.seeds).toBe(SEEDS);
  expect(countersBelowGate(campaign.counters, campaign.seeds)).toEqual([]);
  // Otherwise the runs were all errors, and proved nothing.
  expect(campaign.applied / campaign.accepted).toBeGreaterThan(0.9);
});

test('the same seed takes the same course, and another seed another one', {
  timeout: 60 * MINUTES,
}, async () => {
  const hashes = async () => {
    const { failed } = await runCampaign({ from: 7, seeds: 2, workers: 1, keepTrace: true });
    return failed.map(({ hash }) => hash);
  };
  const [one, again] = [await hashes(), await hashes()];
  expect(one).toEqual(again);
  expect(one[0]).not.toBe(one[1]);
});

test('a failing seed is explained by the story of the request and the command to see it again', {
  timeout: 60 * MINUTES,
}, async () => {
  const patch = mutants.find(({ name }) => name === 'no receipts');
  const { failed } = await runCampaign({
    from: 1,
    seeds: 20,
    workers: 1,
    failuresMax: 20,
    keepTrace: true,
    patches: patch === undefined ? [] : [patch],
  });
  const run = failed.find(({ violations }) => violations[0]?.invariant === 'I2 at most once');
  const story = run && explain(run);
  expect(story).toMatch(/I2 at most once: #\d+: reading \S+ is applied a second time/);
  expect(story).toMatch(/queue took request #\d+/);
  expect(story).toContain(`npm run simulate -- --seed ${run?.seed} --trace`);
});

test('a run that ends at its first violation tells the same one as a run to its end', {
  timeout: 60 * MINUTES,
}, async () => {
  const patches = mutants.filter(({ name }) => name === 'no receipts');
  const run = (until: Until) => runCampaign({ from: 1, seeds: 4, workers: 1, patches, until });
  const firsts = ({ failed }: Campaign) => failed.map(({ seed, violations }) => [seed, violations[0]]);
  const [whole, short] = [await run('at rest'), await run('first violation')];
  expect(firsts(whole).length).toBeGreaterThan(1);
  expect(firsts(short)).toEqual(firsts(whole));
  expect(short.applied).toBeLessThan(whole.applied);
});
