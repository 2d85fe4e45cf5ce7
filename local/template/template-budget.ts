/**
 * The budget of a pipeline in a template: the alarm that meters it. It is looked for as it was declared, since most of what it
 * refers to (topics, actions) has no meaning here.
 */
import { isRecord } from '../../functions/json.ts';
import { BUDGET_LABEL } from '../../infra/list-prices.ts';
import type { BudgetPlan } from './stack-spec.ts';
import { propertiesOf, recordIn } from './template-parts.ts';

/** Of the pipeline whose reader is part of the template; in a stack of others its alarm is among theirs. */
export function planBudget(
  template: unknown,
  others: Readonly<Record<string, unknown>> = {},
): BudgetPlan | undefined {
  const resources = { ...others, ...recordIn(template, 'Resources') };
  for (const id of Object.keys(resources)) {
    if (recordIn(resources, id)['Type'] !== 'AWS::CloudWatch::Alarm') continue;
    const { Metrics: metrics, Threshold: usdPerHour } = propertiesOf(resources, id);
    if (!Array.isArray(metrics) || typeof usdPerHour !== 'number') continue;
    if (!metrics.some((metric) => isRecord(metric) && metric['Label'] === BUDGET_LABEL)) continue;
    if (JSON.stringify(metrics).includes('{"Ref":"Reader"}')) return { usdPerHour, mapping: 'ReaderMapping' };
  }
  return undefined;
}
