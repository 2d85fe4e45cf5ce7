import { expect, test } from 'vitest';
import { renderPlanPage } from '../../plan/report/page.ts';
import { renderPlan } from '../../plan/report/text.ts';
import { planFor } from './workload-builder.ts';

const TERMINAL = { columns: 100, interactive: false, colour: false };

test('the text names verdict, first limit, settings, times, headroom and bill', async () => {
  const text = renderPlan(await planFor({ name: 'shop' }), TERMINAL);
  for (const part of [
    'Plan: shop',
    'are carried.',
    'The limit hit first',
    'readersMax',
    'request to commit',
    'Headroom',
    'total',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toMatch(/NaN|undefined|Infinity/);
});

test('a plan that cannot be carried has no times and no bill, in the text or on the page', async () => {
  const plan = await planFor({ keys: 1, requestsPerSecond: 1e6 });
  for (const report of [renderPlan(plan, TERMINAL), renderPlanPage(plan)]) {
    expect(report).toContain('No setting carries 1,000,000 readings a second.');
    expect(report).not.toMatch(/request to commit|Bill|NaN|undefined|Infinity/);
  }
});

test('a slice is said to be one', async () => {
  const fields = { requestsPerSecond: 5_000, keys: 100_000, readersMax: 1_000, computesMax: 1_000 };
  expect(renderPlan(await planFor(fields), TERMINAL)).toContain('That is a slice');
});

test('what comes from the workload is escaped on the page', async () => {
  const page = renderPlanPage(await planFor({ name: '<script>' }));
  expect(page).not.toContain('<script>');
  expect(page).toContain('&#60;script&#62;');
});
