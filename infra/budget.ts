/**
 * The most that a pipeline may cost in an hour. An alarm measures the cost and disables the reader's mapping. Requests then
 * wait in their queue, readings are still computed and outputs written, and reads stay paused until a person resumes them.
 *
 * The alarm uses ten metrics, the most that an alarm allows, at list prices: invocations and time of the functions, capacity
 * units of the table, and three SQS calls per message. Messages share calls, so the bill is lower. Extra calls for messages
 * above 64 KB, and logs, are not included.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Aws, Duration, Stack, Validations } from 'aws-cdk-lib/core';
import { isRecord } from '../functions/json.ts';
import { kindOf, shownOption } from '../functions/kind-of.ts';
import { PAUSE_TAGS } from '../functions/pause-note.ts';
import { BUDGET_LABEL, LIST_PRICES } from './list-prices.ts';
import type { Braked } from './pauses.ts';
import type { Settings } from './settings/settings.ts';
import type { Watched } from './watched.ts';

export interface Budget {
  /** If the pipeline costs more than this for ten minutes, its reads are paused. Above 0. */
  readonly usdPerHour: number;
}

interface Metered extends Braked, Pick<Watched, 'reader' | 'compute' | 'writer' | 'requests' | 'readings'> {
  readonly table: Table;
  readonly settings: Settings;
}

export function addBudget(pipeline: Metered, budget: Budget, topicArn: string | undefined): Alarm {
  const given: unknown = budget;
  if (!isRecord(given))
    throw new Error(`budget is ${shownOption(given)}: use an object, budget: { usdPerHour: 5 }`);
  const { usdPerHour } = budget;
  if (!(Number.isFinite(usdPerHour) && usdPerHour > 0)) {
    const shown = typeof usdPerHour === 'number' ? usdPerHour : kindOf(usdPerHour);
    throw new Error(`budget.usdPerHour is ${shown}: give a number of USD above 0, or leave the budget out`);
  }
  const alarm = new Alarm(pipeline, 'BudgetAlarm', {
    metric: usdPerHourOf(pipeline),
    threshold: usdPerHour,
    alarmDescription:
      `The pipeline costs more than ${usdPerHour} USD an hour at list prices, and its reads were stopped. ` +
      'See "The budget is passed" in docs/runbook.md.',
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    datapointsToAlarm: 2,
    evaluationPeriods: 2,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (topicArn !== undefined) {
    const action = { bind: () => ({ alarmActionArn: topicArn }) };
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
  addStop(pipeline, alarm, usdPerHour);
  return alarm;
}

const PERIOD = Duration.minutes(5);
const PERIODS_AN_HOUR = 12;

/** The cost of five minutes, scaled to an hour. */
function usdPerHourOf({ settings, table, requests, readings, ...functions }: Metered): IMetric {
  const sum = { statistic: Stats.SUM, period: PERIOD };
  const usingMetrics: Record<string, IMetric> = {};
  const terms: string[] = [];
  const price = (id: string, metric: IMetric, usd: number) => {
    usingMetrics[id] = metric;
    terms.push(`FILL(${id}, 0) * ${plainDecimal(usd)}`);
  };
  for (const name of ['reader', 'compute', 'writer'] as const) {
    const usdPerMs = ((settings[name].memoryMb / 1024) * LIST_PRICES.lambdaGbSecond) / 1000;
    price(`${name}Ms`, functions[name].metric('Duration', sum), usdPerMs);
    price(`${name}Runs`, functions[name].metric('Invocations', sum), LIST_PRICES.lambdaRequest);
  }
  price('writes', table.metric('ConsumedWriteCapacityUnits', sum), LIST_PRICES.dynamoDbWrite);
  price('reads', table.metric('ConsumedReadCapacityUnits', sum), LIST_PRICES.dynamoDbRead);
  price('requests', requests.queue.metricNumberOfMessagesSent(sum), CALLS * LIST_PRICES.sqsStandard);
  price('readings', readings.queue.metricNumberOfMessagesSent(sum), CALLS * LIST_PRICES.sqsFifo);
  return new MathExpression({
    expression: `${PERIODS_AN_HOUR} * (${terms.join(' + ')})`,
    label: BUDGET_LABEL,
    period: PERIOD,
    usingMetrics,
  });
}

/** Six digits without an exponent, because metric math would read the e of 2e-7 as the name of a metric. */
function plainDecimal(usd: number): string {
  return Number(usd.toPrecision(6)).toFixed(15).replace(/0+$/, '');
}

/** Calls per message: send, receive, delete. */
const CALLS = 3;

/** An alarm cannot call Lambda's API, so the event of its state change starts a state machine that makes the two calls. */
function addStop(pipeline: Metered, alarm: Alarm, usdPerHour: number): void {
  const { mappings, backfillMapping } = pipeline;
  const lanes = [mappings.reader, ...(backfillMapping === undefined ? [] : [backfillMapping])];
  const arns = lanes.map(({ attrEventSourceMappingArn }) => attrEventSourceMappingArn);
  const states = new CfnStateMachine(pipeline, 'BudgetStop', {
    roleArn: roleFor(pipeline, 'BudgetStopRole', 'states.amazonaws.com', arns, [
      'lambda:UpdateEventSourceMapping',
      'lambda:TagResource',
    ]).roleArn,
    definitionString: Stack.of(pipeline).toJsonString({
      Comment: 'Pauses the reads of a pipeline that costs too much.',
      StartAt: 'Pause',
      States: {
        ...pauseOf(
          mappings.reader,
          '',
          usdPerHour,
          backfillMapping === undefined ? END : { Next: 'PauseBackfill' },
        ),
        ...(backfillMapping && pauseOf(backfillMapping, 'Backfill', usdPerHour, END)),
      },
    }),
  });
  acknowledgeStateMachine(states);
  const start = roleFor(
    pipeline,
    'BudgetRuleRole',
    'events.amazonaws.com',
    [states.attrArn],
    ['states:StartExecution'],
  );
  new CfnRule(pipeline, 'BudgetRule', {
    description: 'Pauses the reads of a pipeline when its budget is passed.',
    eventPattern: {
      source: ['aws.cloudwatch'],
      'detail-type': ['CloudWatch Alarm State Change'],
      resources: [alarm.alarmArn],
      detail: { state: { value: ['ALARM'] } },
    },
    targets: [{ id: 'Stop', arn: states.attrArn, roleArn: start.roleArn }],
  });
}

const END = { End: true };

/** Two states: one disables the mapping, and one writes the reason into its tags. */
function pauseOf(mapping: CfnEventSourceMapping, lane: string, usdPerHour: number, then: object): object {
  return {
    [`Pause${lane}`]: {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:lambda:updateEventSourceMapping`,
      Parameters: { Uuid: mapping.attrId, Enabled: false },
      ResultPath: null,
      Retry: [RETRY],
      Next: `Note${lane}`,
    },
    [`Note${lane}`]: {
      Type: 'Task',
      Resource: `arn:${Aws.PARTITION}:states:::aws-sdk:lambda:tagResource`,
      Parameters: {
        Resource: mapping.attrEventSourceMappingArn,
        Tags: {
          [PAUSE_TAGS.reason]: `the budget of ${usdPerHour} USD an hour was passed`,
          [`${PAUSE_TAGS.since}.$`]: '$.time',
        },
      },
      // A later state needs `time` of the input, so the result must not replace it.
      ...('Next' in then ? { ResultPath: null } : {}),
      Retry: [RETRY],
      ...then,
    },
  };
}

/** Lambda refuses a change while the mapping is still changing. */
const RETRY = { ErrorEquals: ['States.ALL'], IntervalSeconds: 5, MaxAttempts: 10, BackoffRate: 2 };

function roleFor(scope: Metered, id: string, service: string, resources: string[], actions: string[]): Role {
  const statement = new PolicyStatement({ effect: Effect.ALLOW, actions, resources });
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal(service, {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }),
    inlinePolicies: { uses: new PolicyDocument({ statements: [statement] }) },
  });
}

function acknowledgeStateMachine(states: CfnStateMachine): void {
  const reason =
    'Two calls that take no input. The history of the execution keeps them for 90 days, and a log group would need rights on all logs.';
  for (const id of ['AwsSolutions-SF1', 'AwsSolutions-SF2'])
    Validations.of(states).acknowledge({ id, reason });
}
