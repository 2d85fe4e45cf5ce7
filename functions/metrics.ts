/**
 * The metrics of one invocation, in CloudWatch's embedded metric format. Observations are added up during the invocation and
 * written as one log line at its end, so a metric costs no call. The line leaves out events that did not occur, so an idle
 * deployment sends no metrics and pays for none.
 *
 * There are only two dimensions, the pipeline and the function, because each further one multiplies the billed metrics.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { toLine } from './log.ts';
import { METRICS, METRICS_DIMENSIONS, METRICS_NAMESPACE, type MetricName } from './metric-names.ts';
import type { Observation } from './ports.ts';

export interface Metrics {
  add(observation: Observation): void;
  /** Returns the line and starts again from zero; undefined if nothing happened. */
  take(
    dimensions: readonly [pipeline: string, functionName: string],
    timestampMs: number,
  ): string | undefined;
}

/** The most values of one metric in a line that the format allows. */
const VALUES_MAX = 100;

export function createMetrics(): Metrics {
  let values = new Map<MetricName, number[]>();

  function count(name: MetricName, by: number): void {
    if (by !== 0) values.set(name, [(values.get(name)?.[0] ?? 0) + by]);
  }

  function largest(name: MetricName, value: number): void {
    values.set(name, [Math.max(values.get(name)?.[0] ?? 0, value)]);
  }

  /** Keeps single values, for percentiles. Beyond VALUES_MAX, the last entry is the largest of the rest. */
  function each(name: MetricName, value: number): void {
    const list = values.get(name) ?? [];
    if (list.length < VALUES_MAX) list.push(value);
    else list[VALUES_MAX - 1] = Math.max(list[VALUES_MAX - 1] ?? 0, value);
    values.set(name, list);
  }

  return {
    add(observation) {
      addTo({ count, largest, each }, observation);
    },
    take([pipeline, functionName], timestampMs) {
      if (values.size === 0) return undefined;
      const taken = values;
      values = new Map();
      return toLine({
        _aws: {
          Timestamp: Math.round(timestampMs),
          CloudWatchMetrics: [
            {
              Namespace: METRICS_NAMESPACE,
              Dimensions: [METRICS_DIMENSIONS],
              Metrics: [...taken.keys()].map((Name) => ({ Name, Unit: METRICS[Name] })),
            },
          ],
        },
        Pipeline: pipeline,
        Function: functionName,
        ...Object.fromEntries([...taken].map(([name, list]) => [name, list.length === 1 ? list[0] : list])),
      });
    },
  };
}

interface Sums {
  count(name: MetricName, by: number): void;
  largest(name: MetricName, value: number): void;
  each(name: MetricName, value: number): void;
}

const READ_OUTCOMES = { done: 'ReadsDone', failed: 'ReadsFailed', dead: 'ReadsDead' } as const;

function addTo({ count, largest, each }: Sums, seen: Observation): void {
  if (seen.kind === 'failure') {
    count('GivenBack', seen.messages);
    count('SubmitsRefused', seen.cause === 'too many submits' ? 1 : 0);
  } else if (seen.kind === 'read') {
    count(READ_OUTCOMES[seen.outcome], 1);
    count('ReadingsRead', seen.readings);
    each('ReadMs', Math.round(seen.end - seen.start));
  } else if (seen.kind === 'compute') {
    each('ComputeMs', Math.round(seen.end - seen.start));
  } else if (seen.kind === 'write') {
    if (seen.outcome === 'done') count('OutputsWritten', seen.outputs);
    else count('WritesFailed', 1);
    each('WriteMs', Math.round(seen.end - seen.start));
  } else if (seen.kind === 'source') {
    count('ReadsRefused', seen.refused);
    count('ReadsWaiting', seen.givenBack);
    if (seen.closedUntil > seen.at) largest('SourceClosedMs', Math.round(seen.closedUntil - seen.at));
  } else if (seen.kind === 'shadow') {
    count('ShadowReadings', seen.readings);
    count('ShadowDifferent', seen.different + seen.threw);
  } else if (seen.committed === undefined) {
    count('Conflicts', 1);
  } else {
    const { applied, skipped, dead, parked, numbersFell, stopped, stateBytes } = seen.committed;
    count('Commits', 1);
    count('ReadingsApplied', applied);
    count('ReadingsSkipped', skipped);
    count('ReadingsDead', dead);
    count('MessagesParked', parked);
    count('NumbersFell', numbersFell);
    count('StoppedKeys', stopped === undefined ? 0 : 1);
    largest('StateBytes', stateBytes);
  }
}
