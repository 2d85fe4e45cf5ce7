/**
 * One page for the person on call, in the order of the data flow: alarms, waiting messages, reads, computes, writes, and the
 * invocations that AWS bills.
 */
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  type Metric,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { STATE_BYTES_MAX } from '../functions/limits.ts';
import type { MetricName } from '../functions/metric-names.ts';
import {
  ageOf,
  outputAge,
  PERIOD,
  runsPerMessage,
  totalOf,
  visibleIn,
  type Watched,
  weirMetric,
} from './watched.ts';

export function addDashboard(scope: Construct, watched: Watched, alarms: readonly Alarm[]): Dashboard {
  return new Dashboard(scope, 'Dashboard', {
    dashboardName: dashboardNameOf(watched),
    defaultInterval: Duration.hours(3),
    widgets: [
      [
        header(watched),
        new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 18, height: 4 }),
      ],
      queueRow(watched),
      readRow(watched),
      computeRow(watched),
      writeRow(watched),
      runRow(watched),
    ],
  });
}

/** A dashboard's name may have letters, digits, hyphens and underscores. */
export function dashboardNameOf({ identity }: Pick<Watched, 'identity'>): string {
  return identity.replace(/[^A-Za-z0-9_-]/g, '-');
}

function header({ identity, statusCommand }: Watched): TextWidget {
  const markdown = [
    `# ${identity}`,
    'What each alarm means and how to fix it: `docs/runbook.md`.',
    `What is going on now: \`${statusCommand}\``,
  ].join('\n\n');
  return new TextWidget({ markdown, width: 6, height: 4 });
}

function queueRow({ requests, readings, results, backfillQueue }: Watched): IWidget[] {
  const pairs = Object.entries({ requests, readings, results }).flatMap(([name, pair]) =>
    pair === undefined ? [] : [{ name, ...pair }],
  );
  const queues = backfillQueue ? [...pairs, { name: 'backfill', queue: backfillQueue }] : pairs;
  return [
    graph(
      'Messages waiting',
      queues.map(({ name, queue }) => named(visibleIn(queue), name)),
    ),
    graph(
      'Age of the oldest message, seconds',
      queues.map(({ name, queue }) => named(ageOf(queue), name)),
    ),
    graph(
      'Dead letters',
      pairs.map(({ name, deadLetterQueue }) => named(visibleIn(deadLetterQueue), name)),
    ),
  ];
}

function readRow(watched: Watched): IWidget[] {
  const metric = (name: MetricName, statistic?: string) => weirMetric(watched, 'reader', name, statistic);
  return [
    graph('Reads', [metric('ReadsDone'), metric('ReadsFailed'), metric('ReadsDead')]),
    graph('Time of a read, ms', [
      named(metric('ReadMs', Stats.percentile(50)), 'median'),
      named(metric('ReadMs', Stats.percentile(99)), '99 of 100 below'),
    ]),
    graph('Readings read', [metric('ReadingsRead')]),
    ...(watched.namesSources
      ? [
          graph('Reads that a source refused, and that wait for one', [
            metric('ReadsRefused'),
            metric('ReadsWaiting'),
          ]),
          graph('Longest time that a source is closed, ms', [metric('SourceClosedMs', Stats.MAXIMUM)]),
        ]
      : []),
  ];
}

function computeRow(watched: Watched): IWidget[] {
  const metric = (name: MetricName, statistic?: string) => weirMetric(watched, 'compute', name, statistic);
  return [
    graph('Readings', [
      metric('ReadingsApplied'),
      metric('ReadingsSkipped'),
      metric('ReadingsDead'),
      metric('MessagesParked'),
    ]),
    graph('Commits', [metric('Commits'), metric('Conflicts'), metric('StoppedKeys')]),
    new GraphWidget({
      title: 'Largest state committed, bytes',
      left: [metric('StateBytes', Stats.MAXIMUM)],
      leftAnnotations: [{ value: STATE_BYTES_MAX, label: 'the most a state may have' }],
      width: 8,
    }),
  ];
}

function writeRow(watched: Watched): IWidget[] {
  return [
    graph('Outputs', [
      weirMetric(watched, 'writer', 'OutputsWritten'),
      weirMetric(watched, 'writer', 'WritesFailed'),
    ]),
    graph('Time of a write, ms', [
      named(weirMetric(watched, 'writer', 'WriteMs', Stats.percentile(50)), 'median'),
      named(weirMetric(watched, 'writer', 'WriteMs', Stats.percentile(99)), '99 of 100 below'),
    ]),
    graph('Age of outputs, ms', [outputAge(watched)]),
  ];
}

function runRow(watched: Watched): IWidget[] {
  const { reader, compute, writer } = watched;
  const options = { statistic: Stats.SUM, period: PERIOD };
  return [
    graph('Runs', [
      named(reader.metric('Invocations', options), 'reader'),
      named(compute.metric('Invocations', options), 'compute'),
      named(writer.metric('Invocations', options), 'writer'),
    ]),
    graph('Runs for each finished message', [runsPerMessage(watched)]),
    graph('Errors and throttles', [totalOf('Errors', watched), totalOf('Throttles', watched)]),
  ];
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8 });
}

function named(metric: Metric, label: string): Metric {
  return metric.with({ label });
}
