import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { METRICS, METRICS_NAMESPACE } from '../../functions/metric-names.ts';
import { PROJECT } from '../../infra/bundling/bundle.ts';
import { feedOfRecords, propertiesOf, resourcesOf, TOPIC, tallyTemplate } from './tally-template.ts';

const template = tallyTemplate({ resultsQueue: true, alarmTopicArn: TOPIC });
const alarmsOf = (from: ReturnType<typeof tallyTemplate>) =>
  Object.entries(resourcesOf(from, 'AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => ({
    id,
    ...Properties,
    text: JSON.stringify(Properties),
    description: String(Properties['AlarmDescription']),
  }));
const alarms = alarmsOf(template);
/** Not every pipeline has all of them, and they cost (docs/deploy.md). */
const allAlarms = alarmsOf(
  tallyTemplate({
    resultsQueue: true,
    namesSources: true,
    backfill: { readersMax: 5, share: 0.2 },
    budget: { usdPerHour: 1 },
    feed: feedOfRecords(),
  }),
);
const functionOf = (id: string) =>
  ({ WritesFailedAlarm: 'writer', SubmitsRefusedAlarm: 'reader' })[id] ?? 'compute';
const sectionOf = (description: string) => /See "(.+)" in docs\/runbook\.md\.$/.exec(description)?.[1];

describe('alarms', () => {
  test('each names its section of the runbook, and each such section has an alarm', () => {
    const runbook = readFileSync(join(PROJECT, 'docs', 'runbook.md'), 'utf8');
    const [, aboutAlarms = ''] = /^# Alarms$(.*?)^# /ms.exec(runbook) ?? [];
    const sections = [...aboutAlarms.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    const named = allAlarms.map(({ description }) => sectionOf(description));
    expect(named).not.toContain(undefined);
    expect(new Set(named)).toEqual(new Set(sections));
  });

  test('each has a section that says what it means, how to look, how to fix it and how to see that it is fixed', () => {
    const runbook = readFileSync(join(PROJECT, 'docs', 'runbook.md'), 'utf8');
    for (const { description } of allAlarms) {
      const [, section = ''] = runbook.split(`## ${sectionOf(description)}\n`);
      const [body = ''] = section.split(/^#/m);
      for (const part of ['**Means.**', '**Look.**', '**Fix.**', '**Fixed when**']) {
        expect(body, `${sectionOf(description)}: ${part}`).toContain(part);
      }
    }
  });

  test('each notifies the topic when it begins and ends, and none does without a topic', () => {
    for (const alarm of alarms) expect(alarm).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    const quiet = resourcesOf(tallyTemplate(), 'AWS::CloudWatch::Alarm');
    expect(JSON.stringify(quiet)).not.toMatch(/Actions/);
  });

  test('for requests that submit too many is raised by the first one, and its words name both limits', () => {
    const [alarm] = alarms.filter(({ id }) => id === 'SubmitsRefusedAlarm');
    expect(alarm).toMatchObject({
      MetricName: 'SubmitsRefused',
      Namespace: METRICS_NAMESPACE,
      Statistic: 'Sum',
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 1,
      AlarmDescription: expect.stringMatching(
        /More requests were submitted, or in a longer chain, than the pipeline allows/,
      ),
    });
  });

  test('cost what docs/deploy.md says, by the metrics that each reads', () => {
    const metrics = alarms.map(({ text }) => text.split('"MetricName"').length - 1);
    const total = metrics.reduce((sum, count) => sum + count, 0);
    const deploy = readFileSync(join(PROJECT, 'docs', 'deploy.md'), 'utf8');
    const price = (total * 0.1).toFixed(2);
    expect(deploy).toContain(`${alarms.length} alarms on ${total} metrics at 0.10 | ${price} |`);
  });

  test('stay quiet without data: an idle pipeline raises none', () => {
    for (const alarm of alarms) expect(alarm).toMatchObject({ TreatMissingData: 'notBreaching' });
  });

  test('on metrics of the functions read the names under which the functions send them', () => {
    const own = alarms.filter(({ text }) => text.includes(`"${METRICS_NAMESPACE}"`));
    expect(own.map(({ id }) => id).sort()).toEqual([
      'ConflictsAlarm',
      'StateHalfFullAlarm',
      'StateNearlyFullAlarm',
      'StoppedKeysAlarm',
      'SubmitsRefusedAlarm',
      'WritesFailedAlarm',
    ]);
    for (const alarm of own) {
      expect(alarm).toMatchObject({
        MetricName: expect.toSatisfy((name: string) => name in METRICS),
        Dimensions: [
          { Name: 'Function', Value: functionOf(alarm.id) },
          { Name: 'Pipeline', Value: 'tally-test' },
        ],
      });
    }
  });

  test.each([
    ['RequestsAgeAlarm', 900],
    ['ReadingsAgeAlarm', 900],
    ['ReadingsBacklogAlarm', 20_000],
    ['RequestsDeadAlarm', 0],
    ['ReadingsDeadAlarm', 0],
    ['ResultsAgeAlarm', 86_400],
    ['StoppedKeysAlarm', 0],
    ['StateHalfFullAlarm', 153_600],
    ['StateNearlyFullAlarm', 245_760],
    ['OutputsAgeAlarm', 3_600_000],
  ])('raise %s above %i', (id, threshold) => {
    expect(propertiesOf(template, id)).toMatchObject({
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
    });
  });

  test('of a pipeline with sources include one for a source that is closed for long', () => {
    const more = alarmsOf(tallyTemplate({ resultsQueue: true, namesSources: true })).filter(
      ({ id }) => !alarms.some((alarm) => alarm.id === id),
    );
    expect(more).toMatchObject([
      {
        id: 'SourceClosedAlarm',
        MetricName: 'SourceClosedMs',
        Statistic: 'Maximum',
        Threshold: 300_000,
        Dimensions: [
          { Name: 'Function', Value: 'reader' },
          { Name: 'Pipeline', Value: 'tally-test' },
        ],
      },
    ]);
  });

  test('have their thresholds in the settings', () => {
    const settings = { alarms: { readingsBacklogMax: 5_000, requestAgeMinutesMax: 2 } };
    const other = tallyTemplate({ settings });
    expect(propertiesOf(other, 'ReadingsBacklogAlarm')['Threshold']).toBe(5_000);
    expect(propertiesOf(other, 'RequestsAgeAlarm')['Threshold']).toBe(120);
    expect(() => tallyTemplate({ settings: { alarms: { outputAgeMinutesMax: 20 * 60 } } })).toThrow(
      'alarms.outputAgeMinutesMax is 1200, but records are given up after writer.recordAgeMaxHours, 20',
    );
  });
});

describe('the dashboard', () => {
  test('shows every alarm and every metric of failures', () => {
    const body = JSON.stringify(propertiesOf(template, 'Dashboard')['DashboardBody']);
    for (const { id } of alarms) expect(body).toContain(`"${id}"`);
    for (const name of [
      'ReadsFailed',
      'ReadsDead',
      'ReadingsDead',
      'Conflicts',
      'StoppedKeys',
      'WritesFailed',
    ]) {
      expect(body).toContain(name);
    }
  });

  test('can be left out', () => {
    const without = tallyTemplate({ dashboard: false });
    expect(resourcesOf(without, 'AWS::CloudWatch::Dashboard')).toEqual({});
    expect(without.Outputs).not.toHaveProperty('DashboardUrl');
  });
});
