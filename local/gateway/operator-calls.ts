/**
 * The calls that an operator may make besides SQS and DynamoDB, as the AWS services define them: CloudWatch's
 * metrics of the queues and functions, the invocation of a function, and pausing.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
import * as v from 'valibot';
import type { Queue } from '../../model/queue/types.ts';
import type { LocalFunction } from '../lambda/deployed-function.ts';
import type { BrakeCalls } from './brake-calls.ts';
import type { Answer, OperatorCall } from './call.ts';

export interface OperatedParts {
  /** By name. Empty when an external engine holds the queues. */
  readonly queues: ReadonlyMap<string, Pick<Queue, 'counts'>>;
  readonly functions: ReadonlyMap<string, Pick<LocalFunction, 'invoke'>>;
  readonly brake: Pick<BrakeCalls, 'answer'>;
  readonly now: () => number;
}

export interface OperatorCalls {
  /** Undefined: another call. */
  answer(call: OperatorCall): Promise<Answer | undefined>;
  /** Must be called for every invocation. */
  began(functionName: string): void;
  ended(functionName: string, failed: boolean): void;
}

/** CloudWatch's shortest period, and the most periods that a command requests. */
const PERIOD_MS = 60_000;
const PERIODS_KEPT = 60;

interface Period {
  Invocations: number;
  Errors: number;
  Throttles: number;
  ConcurrentExecutions: number;
}

const Query = v.object({
  Id: v.string(),
  MetricStat: v.object({
    Metric: v.object({
      Namespace: v.string(),
      MetricName: v.string(),
      Dimensions: v.array(v.object({ Value: v.string() })),
    }),
  }),
});
const GetMetricData = v.object({ StartTime: v.number(), MetricDataQueries: v.array(Query) });

export function createOperatorCalls({ queues, functions, brake, now }: OperatedParts): OperatorCalls {
  const running = new Map<string, number>();
  const history = new Map<string, Map<number, Period>>();

  const periodOf = (functionName: string): Period => {
    const start = Math.floor(now() / PERIOD_MS) * PERIOD_MS;
    const periods = history.get(functionName) ?? new Map<number, Period>();
    history.set(functionName, periods);
    const period = periods.get(start) ?? { Invocations: 0, Errors: 0, Throttles: 0, ConcurrentExecutions: 0 };
    periods.set(start, period);
    for (const old of periods.keys()) if (old < start - PERIODS_KEPT * PERIOD_MS) periods.delete(old);
    return period;
  };
  const valuesOf = ({ MetricStat: { Metric } }: v.InferOutput<typeof Query>, sinceMs: number): number[] => {
    const name = Metric.Dimensions[0]?.Value ?? '';
    if (Metric.Namespace === 'AWS/SQS') {
      const ageMs = queues.get(name)?.counts().oldestAgeMs;
      return ageMs === undefined ? [] : [ageMs / 1000];
    }
    const periods = [...(history.get(name) ?? [])].filter(([start]) => start + PERIOD_MS > sinceMs).reverse();
    return periods.flatMap(
      ([, period]) => Object.entries(period).find(([each]) => each === Metric.MetricName)?.[1] ?? [],
    );
  };
  const figures = (body: Buffer): Answer => {
    const { StartTime, MetricDataQueries } = v.parse(GetMetricData, JSON.parse(body.toString()));
    const MetricDataResults = MetricDataQueries.map((query) => {
      return { Id: query.Id, StatusCode: 'Complete', Values: valuesOf(query, StartTime * 1000) };
    });
    return json(200, { MetricDataResults });
  };
  const invoke = async (name: string, body: Buffer): Promise<Answer> => {
    const target = functions.get(name);
    if (target === undefined) return json(404, { Message: `Function not found: ${name}` });
    const event: unknown = JSON.parse(body.toString());
    const result = await target.invoke(event);
    if (result.kind === 'response') return json(200, result.response);
    return { ...json(200, result.error), headers: { ...JSON_TYPE, 'x-amz-function-error': 'Unhandled' } };
  };
  return {
    async answer({ method, path, target, body }) {
      const braked = brake.answer(method, path, body);
      if (braked !== undefined) return braked;
      if (target === 'GraniteServiceVersion20100801.GetMetricData') return figures(body);
      const [, encoded] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
      return encoded === undefined ? undefined : invoke(decodeURIComponent(encoded), body);
    },
    began(functionName) {
      const count = (running.get(functionName) ?? 0) + 1;
      running.set(functionName, count);
      const period = periodOf(functionName);
      period.Invocations += 1;
      period.ConcurrentExecutions = Math.max(period.ConcurrentExecutions, count);
    },
    ended(functionName, failed) {
      running.set(functionName, Math.max(0, (running.get(functionName) ?? 0) - 1));
      if (failed) periodOf(functionName).Errors += 1;
    },
  };
}

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

function json(status: number, body: unknown): Answer {
  return { status, headers: JSON_TYPE, body: JSON.stringify(body) ?? 'null' };
}
