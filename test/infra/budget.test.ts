import { describe, expect, test } from 'vitest';
import type { Budget } from '../../infra/budget.ts';
import { LIST_PRICES } from '../../infra/list-prices.ts';
import { readPrices } from '../../local/bill/prices.ts';
import { capabilitiesByResource, propertiesOf, resourcesOf, TOPIC, tallyTemplate } from './tally-template.ts';

const template = tallyTemplate({ budget: { usdPerHour: 2.5 }, alarmTopicArn: TOPIC });

describe('a budget', () => {
  test('is measured by ten metrics, the most that one alarm takes, and raised when two periods were above it', () => {
    const alarm = propertiesOf(template, 'BudgetAlarm');
    expect(alarm).toMatchObject({
      Threshold: 2.5,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 2,
      DatapointsToAlarm: 2,
      TreatMissingData: 'notBreaching',
      AlarmActions: [TOPIC],
    });
    expect(JSON.stringify(alarm).split('"MetricName"')).toHaveLength(11);
  });

  test('counts every part of the bill with the prices of the list', () => {
    const { items } = readPrices();
    const usdOf = (name: keyof typeof items) => {
      const price = items[name];
      return price === undefined ? Number.NaN : price.usd / price.per;
    };
    expect(LIST_PRICES).toEqual({
      lambdaGbSecond: usdOf('lambda.gbSeconds'),
      lambdaRequest: usdOf('lambda.requests'),
      sqsStandard: usdOf('sqs.standard'),
      sqsFifo: usdOf('sqs.fifo'),
      dynamoDbWrite: usdOf('dynamodb.writeUnits'),
      dynamoDbRead: usdOf('dynamodb.readUnits'),
    });
    const expression = JSON.stringify(propertiesOf(template, 'BudgetAlarm')['Metrics']);
    // 256 MB for a millisecond, an invocation, a message of each queue as three calls.
    expect(expression).toContain('FILL(readerMs, 0) * 0.00000000333335 ');
    expect(expression).toContain('FILL(computeRuns, 0) * 0.0000002 ');
    expect(expression).toContain('FILL(requests, 0) * 0.0000012 ');
    expect(expression).toContain('FILL(readings, 0) * 0.0000015)');
    // Metric math would take the e of 2e-7 for the name of a metric.
    expect(expression).not.toMatch(/\d[eE]-?\d/);
    expect(expression).toContain('12 * (');
  });

  test('that is exceeded disables the mapping of the reader and notes why, with permissions for that only', () => {
    const { DefinitionString: definition } = propertiesOf(template, 'BudgetStop');
    const text = JSON.stringify(definition);
    expect(text).toContain('states:::aws-sdk:lambda:updateEventSourceMapping');
    expect(text).toContain('\\"Enabled\\":false');
    expect(text).toContain('the budget of 2.5 USD an hour was passed');
    expect(propertiesOf(template, 'BudgetRule')).toMatchObject({
      EventPattern: {
        source: ['aws.cloudwatch'],
        resources: [{ 'Fn::GetAtt': ['BudgetAlarm', 'Arn'] }],
        detail: { state: { value: ['ALARM'] } },
      },
      Targets: [{ Arn: { 'Fn::GetAtt': ['BudgetStop', 'Arn'] } }],
    });
    expect(capabilitiesByResource(template, 'BudgetStopRole')).toEqual({
      'ReaderMapping.EventSourceMappingArn': ['lambda:TagResource', 'lambda:UpdateEventSourceMapping'],
    });
    expect(capabilitiesByResource(template, 'BudgetRuleRole')).toEqual({
      'BudgetStop.Arn': ['states:StartExecution'],
    });
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('of %d is refused by name', (usdPerHour) => {
    expect(() => tallyTemplate({ budget: { usdPerHour } })).toThrow(
      `tally-test/Pipeline: budget.usdPerHour is ${usdPerHour}: give a number of USD above 0`,
    );
  });

  test.each([
    [{ usdPerHour: '2' }, 'budget.usdPerHour is a string: give a number of USD'],
    [{ usdPerDay: 2 }, 'budget.usdPerHour is undefined: give a number of USD'],
    [2, 'budget is 2: use an object, budget: { usdPerHour: 5 }'],
  ])('of %j is refused by name', (budget, sentence) => {
    const asGiven = budget as unknown as Budget;
    expect(() => tallyTemplate({ budget: asGiven })).toThrow(sentence);
  });

  test('adds nothing to a pipeline without one', () => {
    const without = tallyTemplate();
    expect(resourcesOf(without, 'AWS::StepFunctions::StateMachine')).toEqual({});
    expect(without.Resources['BudgetAlarm']).toBeUndefined();
  });
});
