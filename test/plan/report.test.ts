import { expect, test } from 'vitest';
import { slowFifoProfile } from '../../plan/profile.ts';
import { planTimes } from '../../plan/report/latency.ts';
import { renderPlanPage } from '../../plan/report/page.ts';
import { renderPlan } from '../../plan/report/text.ts';
import { firstText, formatUsd } from '../../plan/report/verdict.ts';
import { planFor } from './workload-builder.ts';

const TERMINAL = { columns: 100, interactive: false, colour: false };

test('the text names verdict, first limit, settings, times, headroom and bill', async () => {
  const text = renderPlan(await planFor({ name: 'shop' }), TERMINAL);
  for (const part of [
    'Plan: shop',
    'AWS can carry ',
    'The first limit: ',
    'readersMax',
    'request to commit',
    'Headroom',
    'total',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

test('a plan also shows the times with FIFO as slow as published: its p99 is 0.6 s', async () => {
  const plan = await planFor({ readMs: 1 }, 1, 3_000, slowFifoProfile);
  for (const report of [renderPlan(plan, TERMINAL), renderPlanPage(plan)]) {
    expect(report).toContain('where FIFO is slow');
  }
  const [assumed, slow] = planTimes(plan).slice(-2);
  expect(assumed?.p99).toBeLessThan(300);
  expect(slow?.p99).toBeGreaterThan(500);
  expect(slow?.p99).toBeLessThan(900);
  expect(renderPlan(await planFor(), TERMINAL)).not.toContain('where FIFO is slow');
});

test('the distance to the first limit is the same in the headline and in the note', async () => {
  const plan = await planFor({ keys: 20, skew: 1 });
  const times = Number(/\(([\d.,]+) times the plan\)/.exec(firstText(plan))?.[1]);
  expect(plan.first?.name).toContain('hottest key');
  expect(times).toBeCloseTo(plan.hottest.ceiling / plan.hottest.readingsPerSecond, 0);
});

test('a plan that cannot be carried has no times and no bill, in the text or on the page', async () => {
  const plan = await planFor({ keys: 1, requestsPerSecond: 1e6 });
  for (const report of [renderPlan(plan, TERMINAL), renderPlanPage(plan)]) {
    expect(report).toContain('No setting carries 1,000,000 readings a second.');
    expect(report).not.toMatch(/request to commit|Bill|NaN|undefined|Infinity/);
  }
});

test('a plan that has more environments in use than are needed says why, in the text and on the page', async () => {
  const wide = await planFor({ requestsPerSecond: 100, readersMax: 50, computesMax: 50 });
  expect(wide.forecast?.inUse.readers).toBeGreaterThan(wide.needed.readers);
  const why = 'more of them run than are needed';
  expect(renderPlan(wide, TERMINAL).replaceAll(/\s+/g, ' ')).toContain(why);
  expect(renderPlanPage(wide)).toContain(why);
  expect(renderPlan(await planFor(), TERMINAL)).not.toContain('In use:');
});

test('a plan of a slice says so', async () => {
  const fields = { requestsPerSecond: 5_000, keys: 100_000, readersMax: 1_000, computesMax: 1_000 };
  expect(renderPlan(await planFor(fields), TERMINAL)).toContain('The simulation covers');
});

test('text of the workload is escaped on the page', async () => {
  const page = renderPlanPage(await planFor({ name: '<script>' }));
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;');
});

test('settings far above the needed ones are reported with bill and time of both, in the text and on the page', async () => {
  const plan = await planFor({ readersMax: 50, computesMax: 50 });
  const { readers, computes } = plan.needed;
  const [given, needed] = [plan.forecast, plan.withNeeded].map((forecast) =>
    formatUsd(forecast?.bill.usdPerMonth ?? Number.NaN),
  );
  for (const report of [renderPlan(plan, { ...TERMINAL, columns: 1_000 }), renderPlanPage(plan)]) {
    expect(report).toContain(
      `With --readers ${readers} --computes ${computes}: ${needed} USD a month instead of ${given}`,
    );
  }
  expect(renderPlan(await planFor(), TERMINAL)).not.toContain('far above');
});

test('the notes name the assumed values, and no given or unused ones', async () => {
  const assumed = async (fields: Record<string, unknown>) =>
    /Not given, so assumed.*/.exec(renderPlan(await planFor(fields), { ...TERMINAL, columns: 1_000 }))?.[0];
  expect(await assumed({ keys: 7, skew: 0 })).toBe(
    'Not given, so assumed (weir plan --help): ' +
      'readingsPerRequest 1, computeMs 1, requestBytes 300, readingBytes 600, stateBytes 1000.',
  );
  expect(await assumed({ readingsPerRequest: 2 })).toContain('keysPerRequest 1');
  expect(await assumed({ writeMs: 5 })).toMatch(/outputsPerReading 0.*outputBytes 200/);
  const sizes = { requestBytes: 1, readingBytes: 1, stateBytes: 1 };
  expect(
    await assumed({ ...sizes, readingsPerRequest: 1, keysPerRequest: 1, computeMs: 1, skew: 0 }),
  ).toBeUndefined();
});
