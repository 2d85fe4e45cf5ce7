/**
 * Metrics that only CloudWatch has: the age of a queue's oldest message, and the work of the functions in the
 * last minutes. A local run answers the same call for itself.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
import * as v from 'valibot';
import type { Deployment, Stage } from './deployment.ts';
import { nameOfQueue } from './deployment.ts';

export interface FunctionFigures {
  readonly stage: Stage;
  readonly name: string;
  /**
   * In the last `FIGURES_MINUTES`; undefined if CloudWatch has no value, as for a function that was not
   * invoked.
   */
  readonly invocations: number | undefined;
  readonly errors: number | undefined;
  readonly throttles: number | undefined;
  /** Highest number of concurrent invocations. */
  readonly concurrent: number | undefined;
}

export interface Figures {
  /** Age of the oldest message in ms, one to two minutes old, by queue URL. */
  readonly oldestAgeMs: ReadonlyMap<string, number>;
  readonly functions: readonly FunctionFigures[];
}

export const FIGURES_MINUTES = 5;

export async function loadFigures(deployment: Deployment): Promise<Figures> {
  const { functions } = deployment;
  const queues = queueUrlsOf(deployment);
  const stages = (['reader', 'compute', 'writer'] as const).flatMap((stage) => {
    const name = functions[stage];
    return name === undefined ? [] : [{ stage, name }];
  });
  const queries = [
    ...queues.map((url, index) => ageQuery(`age${index}`, nameOfQueue(url))),
    ...stages.flatMap(({ stage, name }) => functionQueries(stage, name)),
  ];
  const values = await ask(deployment, queries);
  const ages = queues.flatMap((url, index): [string, number][] => {
    const seconds = values.get(`age${index}`)?.[0];
    return seconds === undefined ? [] : [[url, seconds * 1000]];
  });
  const sum = (id: string) => values.get(id)?.reduce((total, value) => total + value, 0);
  const most = (id: string) => values.get(id)?.reduce((a, b) => Math.max(a, b));
  return {
    oldestAgeMs: new Map(ages),
    functions: stages.map(({ stage, name }) => ({
      stage,
      name,
      invocations: sum(`${stage}Invocations`),
      errors: sum(`${stage}Errors`),
      throttles: sum(`${stage}Throttles`),
      concurrent: most(`${stage}ConcurrentExecutions`),
    })),
  };
}

export function queueUrlsOf(deployment: Deployment): string[] {
  const { requestsQueue, requestsDeadLetterQueue, readingsQueue, readingsDeadLetterQueue } = deployment;
  const { backfillQueue } = deployment;
  return [
    ...[requestsQueue, readingsQueue, requestsDeadLetterQueue, readingsDeadLetterQueue],
    ...(backfillQueue === undefined ? [] : [backfillQueue]),
  ];
}

interface Query {
  readonly Id: string;
  readonly MetricStat: object;
}

function ageQuery(Id: string, queue: string): Query {
  const Dimensions = [{ Name: 'QueueName', Value: queue }];
  const Metric = { Namespace: 'AWS/SQS', MetricName: 'ApproximateAgeOfOldestMessage', Dimensions };
  return { Id, MetricStat: { Metric, Period: 60, Stat: 'Maximum' } };
}

function functionQueries(stage: Stage, name: string): Query[] {
  const Dimensions = [{ Name: 'FunctionName', Value: name }];
  return ['Invocations', 'Errors', 'Throttles', 'ConcurrentExecutions'].map((MetricName) => {
    const Metric = { Namespace: 'AWS/Lambda', MetricName, Dimensions };
    const Stat = MetricName === 'ConcurrentExecutions' ? 'Maximum' : 'Sum';
    return { Id: `${stage}${MetricName}`, MetricStat: { Metric, Period: 60, Stat } };
  });
}

const Answer = v.object({
  MetricDataResults: v.array(v.object({ Id: v.string(), Values: v.optional(v.array(v.number()), []) })),
});

/** Values by id, newest first; ids without a value are left out. */
async function ask(
  deployment: Deployment,
  MetricDataQueries: readonly Query[],
): Promise<Map<string, number[]>> {
  const now = Math.floor(Date.now() / 1000);
  const request = {
    StartTime: now - FIGURES_MINUTES * 60,
    EndTime: now,
    ScanBy: 'TimestampDescending',
    MetricDataQueries,
  };
  const { text } = await deployment.call('monitoring', {
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
    },
    body: JSON.stringify(request),
  });
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), text);
  if (!answer.success) throw new Error(`CloudWatch answered no figures: ${text.slice(0, 100)}`);
  const { MetricDataResults } = answer.output;
  return new Map(
    MetricDataResults.filter(({ Values }) => Values.length > 0).map(({ Id, Values }) => [Id, Values]),
  );
}
