/** The metrics of the alarms and the dashboard: those of AWS, and those that the functions send. */
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import { METRICS_NAMESPACE, type MetricName } from '../functions/metric-names.ts';
import type { QueuePair } from './pipeline-queue.ts';

/** The parts of a pipeline that alarms and dashboard watch. */
export interface Watched {
  /** The pipeline's name in its own metrics. */
  readonly identity: string;
  readonly statusCommand: string;
  readonly namesSources: boolean;
  readonly requests: QueuePair;
  readonly readings: QueuePair;
  readonly backfillQueue: IQueue | undefined;
  readonly results: QueuePair | undefined;
  readonly reader: IFunction;
  readonly compute: IFunction;
  readonly writer: IFunction;
}

export const PERIOD = Duration.minutes(5);

/** A metric that the functions send: see functions/metrics.ts. */
export function weirMetric(
  { identity }: Pick<Watched, 'identity'>,
  functionName: 'reader' | 'compute' | 'writer',
  metricName: MetricName,
  statistic: string = Stats.SUM,
): Metric {
  const dimensionsMap = { Pipeline: identity, Function: functionName };
  return new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap, statistic, period: PERIOD });
}

/**
 * The age of a standard queue leaves out messages that were received more than three times. So a request that fails repeatedly
 * does not raise the alarm for the age, but finally the one for dead letters.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function ageOf(queue: IQueue): Metric {
  return queue.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM, period: PERIOD });
}

export function visibleIn(queue: IQueue): Metric {
  return queue.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: PERIOD });
}

/** The age of the records of the table's stream when the writer gets them, in milliseconds. */
export function outputAge({ writer }: Pick<Watched, 'writer'>): Metric {
  return writer.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD });
}

/**
 * The sum of all three functions. FILL is needed because a function that did not run has no data, which would remove the
 * sum.
 */
export function totalOf(what: 'Errors' | 'Throttles', { reader, compute, writer }: Watched): IMetric {
  const options = { statistic: Stats.SUM, period: PERIOD };
  return new MathExpression({
    // Ids must be unique in a graph, and one graph shows both metrics.
    expression: `FILL(reader${what}, 0) + FILL(compute${what}, 0) + FILL(writer${what}, 0)`,
    label: what,
    period: PERIOD,
    usingMetrics: {
      [`reader${what}`]: reader.metric(what, options),
      [`compute${what}`]: compute.metric(what, options),
      [`writer${what}`]: writer.metric(what, options),
    },
  });
}

/** With fewer runs in an hour, the ratio means nothing. */
const RUNS_MIN = 300;

/** Runs of reader and compute per message that they finished: at most 1 while nothing fails. */
export function runsPerMessage({ requests, readings, backfillQueue, reader, compute }: Watched): IMetric {
  const options = { statistic: Stats.SUM, period: Duration.hours(1) };
  const runs = '(FILL(reads, 0) + FILL(computes, 0))';
  const ofBackfill = backfillQueue && { backfill: backfillQueue.metricNumberOfMessagesDeleted(options) };
  const finished = `(FILL(requests, 0) + FILL(readings, 0)${ofBackfill ? ' + FILL(backfill, 0)' : ''})`;
  return new MathExpression({
    expression: `IF(${runs} > ${RUNS_MIN}, ${runs} / IF(${finished} < 1, 1, ${finished}), 0)`,
    label: 'runs for each finished message',
    period: Duration.hours(1),
    usingMetrics: {
      reads: reader.metric('Invocations', options),
      computes: compute.metric('Invocations', options),
      requests: requests.queue.metricNumberOfMessagesDeleted(options),
      readings: readings.queue.metricNumberOfMessagesDeleted(options),
      ...ofBackfill,
    },
  });
}
