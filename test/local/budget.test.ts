import { expect, test } from 'vitest';
import { describeStandstill } from '../../cli/run/run-outcome.ts';
import { systemClock } from '../../functions/aws/clock.ts';
import { watchBudget } from '../../local/budget.ts';
import { planBudget } from '../../local/template/template-budget.ts';
import { createManualClock, settle } from '../clocks.ts';
import { tallyTemplate } from '../infra/tally-template.ts';
import { queue, queueMapping, receiveFrom, run, tinyTemplate } from './tiny-stack.ts';

test('the budget of a run is exceeded by two expensive periods in a row, and by no single one', async () => {
  const clock = createManualClock();
  const paused: string[] = [];
  let usd = 0;
  const watch = watchBudget(
    { usdPerHour: 720, mappings: ['ReaderMapping'] },
    { clock, spentUsd: () => usd, pause: (id, reason) => paused.push(`${id}: ${reason}`) },
  );
  // A dollar in five seconds is 720 an hour.
  for (const spent of [2, 1, 2, 0.5, 2]) {
    usd += spent;
    await clock.advance(5_000);
    await settle();
  }
  expect([paused, watch.passed()]).toEqual([[], undefined]);
  usd += 2;
  await clock.advance(5_000);
  await settle();
  expect(paused).toEqual(['ReaderMapping: the budget of 720 USD an hour was passed']);
  expect(watch.passed()).toBe('the budget of 720 USD an hour was passed');
  await watch.stop();
});

test('a run finds the budget in the template of its pipeline', () => {
  const template = tallyTemplate({ budget: { usdPerHour: 2 } });
  expect(planBudget(template)).toEqual({ usdPerHour: 2, mappings: ['ReaderMapping'] });
  expect(planBudget(tallyTemplate({}))).toBeUndefined();
});

test('a run over its budget stops reading, keeps the waiting requests, and says so', async () => {
  const code =
    'export const handler = () => new Promise((end) => setTimeout(() => end({ batchItemFailures: [] }), 20))';
  const template = tinyTemplate(
    { Reader: { code, statements: [receiveFrom('RequestsQueue')] } },
    {
      RequestsQueue: queue({}),
      ReaderMapping: queueMapping('RequestsQueue', 'Reader', {
        BatchSize: 1,
        ScalingConfig: { MaximumConcurrency: 2 },
      }),
      BudgetAlarm: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          Threshold: 1e-9,
          Metrics: [
            { Label: 'USD an hour at list prices' },
            { MetricStat: { Metric: { Dimensions: [{ Name: 'FunctionName', Value: { Ref: 'Reader' } }] } } },
          ],
        },
      },
    },
  );
  const { stack } = await run(template, { budgetPeriodMs: 50, clock: systemClock });
  await stack.submit(
    'RequestsQueue',
    Array.from({ length: 2_000 }, (_, n) => ({ body: String(n) })),
  );
  let standstill = await stack.standstill();
  while (standstill === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    standstill = await stack.standstill();
  }
  expect(standstill).toEqual({ why: 'over budget', reasons: ['the budget of 1e-9 USD an hour was passed'] });
  expect(stack.paused()).toEqual(['reads']);
  expect(stack.counts('RequestsQueue').visible).toBeGreaterThan(0);
  expect(describeStandstill(standstill, false)).toBe(
    'Reads are paused, and requests wait:\n  the budget of 1e-9 USD an hour was passed\nThe run ends.',
  );
});
