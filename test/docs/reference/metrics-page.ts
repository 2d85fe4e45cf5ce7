/**
 * docs/metrics.md: the metrics that the functions send, and the alarms of a stack with their default
 * settings.
 */
import {
  METRICS,
  METRICS_DIMENSIONS,
  METRICS_NAMESPACE,
  type MetricName,
  stageOf,
} from '../../../functions/metric-names.ts';
import { feedOfRecords, resourcesOf, tallyTemplate } from '../../infra/tally-template.ts';
import { anchorsOf } from '../markdown.ts';
import { GENERATED, table } from './tables.ts';

const MEANING: Readonly<Record<MetricName, string>> = {
  ReadsDone: 'reads that succeeded',
  ReadsFailed: 'reads that failed and are tried again',
  ReadsDead: 'requests that were given up and set aside',
  SubmitsRefused:
    'requests that were set aside, or read without all that they submitted, because they, or the requests and outputs before them, submitted too many',
  ReadMs: 'how long each read took',
  ReadsRefused: 'reads that a source refused: 429, 503 or a `BusyError`',
  ReadsWaiting: 'requests that went back to the queue because their source may not be read yet',
  SourceClosedMs: 'the longest time for which a source was found closed',
  ReadingsRead: 'readings that reads returned',
  Commits: 'commits of keys',
  Conflicts: 'commits that met another commit of their key and were tried again',
  ComputeMs: 'how long each batch of a key took to compute',
  ReadingsApplied: 'readings that changed a state',
  ReadingsSkipped: 'readings that `compute` skipped (`skip`)',
  ReadingsDead: 'readings that were set aside',
  MessagesParked: 'messages that were parked: they wait for their turn, or for a stopped key',
  NumbersFell:
    'new messages with a sequence number below one of their key: the readings queue was replaced, or the item was restored',
  StoppedKeys: 'commits that stopped a key or found it stopped',
  ShadowReadings: 'readings that the shadow of the pipeline computed as well',
  ShadowDifferent: 'readings with another result in the shadow, or on which it threw',
  StateBytes: 'the size of the largest state that was committed',
  OutputsWritten: 'outputs that `write` took',
  WritesFailed: 'calls of `write` that failed',
  GivenBack: 'messages and records that go back and are delivered again; every function sends it',
  WriteMs: 'how long each call of `write` took',
};

export function metricsPage(): string {
  const names = Object.keys(MEANING).filter((name): name is MetricName => Object.hasOwn(METRICS, name));
  const metrics = names.map((name) => [`\`${name}\``, METRICS[name], stageOf(name), MEANING[name]]);
  const template = tallyTemplate({
    resultsQueue: true,
    namesSources: true,
    backfill: { readersMax: 5, share: 0.2 },
    budget: { usdPerHour: 1 },
    feed: feedOfRecords(),
  });
  const alarms = Object.entries(resourcesOf(template, 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) =>
    alarmRow(id, String(Properties['AlarmDescription'])),
  );
  return [
    '# Metrics and alarms',
    '',
    GENERATED,
    '',
    '## Metrics',
    '',
    `Namespace \`${METRICS_NAMESPACE}\`, dimensions ${METRICS_DIMENSIONS.map((name) => `\`${name}\``).join(' and ')}: the stack's name (with the ` +
      "construct's id where it is part of a larger stack), and `reader`, `compute` or `writer`. The functions write metrics into their logs, so " +
      'a metric costs no call. A function that did nothing sends nothing: no data means that nothing happened.',
    '',
    table(['metric', 'unit', 'sent by', 'what it counts or measures'], metrics),
    '',
    '## Alarms',
    '',
    'The figures are defaults. To change one: `settings: { alarms: { requestAgeMinutesMax: 30 } }` of the construct. The alarms of a results ' +
      'queue, of sources and of a budget exist only where the pipeline has one.',
    '',
    table(['alarm', 'what it means', 'what to do'], alarms),
    '',
  ].join('\n');
}

function alarmRow(id: string, description: string): string[] {
  const [, meaning = '', section = ''] = /^(.*) See "(.+)" in docs\/runbook\.md\.$/s.exec(description) ?? [];
  const [anchor = ''] = anchorsOf(`## ${section}`);
  return [`\`${id}\``, meaning, `[${section}](runbook.md#${anchor})`];
}
