/**
 * The budget of a pipeline in a template: the alarm that meters it. It is read unresolved, because most of
 * its references (topics, actions) have no meaning here.
 */
import { isRecord } from '../../functions/json.ts';
import { BUDGET_LABEL } from '../../infra/list-prices.ts';
import type { BudgetPlan } from './stack-spec.ts';
import { propertiesOf, recordIn } from './template-parts.ts';

/** The mappings of the reader, one for each lane. */
const LANES = ['ReaderMapping', 'BackfillMapping'];

/**
 * Takes the alarm of the pipeline whose reader is in the template; a stack of several pipelines has others.
 */
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
    if (!JSON.stringify(metrics).includes('{"Ref":"Reader"}')) continue;
    return { usdPerHour, mappings: LANES.filter((mapping) => mapping in resources) };
  }
  return undefined;
}
