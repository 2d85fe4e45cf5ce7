/**
 * The alarms of a pipeline. Each describes the effect on results, and names the section of docs/runbook.md with the remedy. A
 * test checks that the sections exist.
 *
 * Missing data raises no alarm: a queue without messages has no age, and functions send a metric only when its event
 * occurs. The price of an alarm depends on its metrics (docs/deploy.md), so three functions share an alarm when the remedy
 * is the same.
 */
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { RETENTION_DAYS, STATE_BYTES_MAX } from '../functions/limits.ts';
import type { QueuePair } from './pipeline-queue.ts';
import type { Settings } from './settings/settings.ts';
import { ageOf, outputAge, runsPerMessage, totalOf, visibleIn, type Watched, weirMetric } from './watched.ts';

export interface AlarmDefinition {
  readonly id: string;
  /** A heading of docs/runbook.md. */
  readonly section: string;
  readonly meaning: string;
  readonly metric: IMetric;
  /** The alarm is raised above this value. */
  readonly threshold: number;
  /** How many of the last periods must be above the threshold: [above, of]. Default: the last one. */
  readonly periods?: readonly [breaching: number, of: number];
}

/** `topicArn`: an SNS topic that gets a message when an alarm begins and when it ends. */
export function addAlarms(
  scope: Construct,
  watched: Watched,
  settings: Settings['alarms'],
  topicArn?: string,
): Alarm[] {
  checkTopic(topicArn);
  return [
    ...queueAlarms(watched, settings),
    ...sourceAlarms(watched, settings),
    ...computeAlarms(watched, settings),
    ...functionAlarms(watched, settings),
  ].map((definition) => addAlarm(scope, definition, topicArn));
}

/** An empty text, such as an unset variable of the environment, would leave all alarms without a message. */
function checkTopic(arn: string | undefined): void {
  if (arn === undefined || Token.isUnresolved(arn) || /^arn:[^:]+:sns:[^:]+:[^:]+:./.test(arn)) return;
  throw new Error(
    `alarmTopicArn is ${JSON.stringify(arn)}: give it the ARN of an SNS topic, topic.topicArn of the CDK, or leave it out`,
  );
}

export function addAlarm(scope: Construct, definition: AlarmDefinition, topicArn: string | undefined): Alarm {
  const { id, section, meaning, metric, threshold, periods = [1, 1] } = definition;
  const alarm = new Alarm(scope, `${id}Alarm`, {
    metric,
    threshold,
    alarmDescription: `${meaning} See "${section}" in docs/runbook.md.`,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    datapointsToAlarm: periods[0],
    evaluationPeriods: periods[1],
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  if (topicArn !== undefined) {
    const action = { bind: () => ({ alarmActionArn: topicArn }) };
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
  return alarm;
}

function* queueAlarms(watched: Watched, settings: Settings['alarms']): Generator<AlarmDefinition> {
  const { requests, readings, results, backfillQueue } = watched;
  yield {
    id: 'RequestsAge',
    section: 'Requests wait too long',
    meaning: `A request has waited more than ${settings.requestAgeMinutesMax} minutes to be read.`,
    metric: ageOf(requests.queue),
    threshold: settings.requestAgeMinutesMax * 60,
  };
  yield {
    id: 'ReadingsAge',
    section: 'Readings wait too long',
    meaning: `A reading has waited more than ${settings.readingAgeMinutesMax} minutes to be computed.`,
    metric: ageOf(readings.queue),
    threshold: settings.readingAgeMinutesMax * 60,
  };
  yield {
    id: 'ReadingsBacklog',
    section: 'The readings queue grows',
    meaning:
      `More than ${settings.readingsBacklogMax} messages wait on the readings queue. If most are of one key, ` +
      'all keys stand still from 120,000 on.',
    metric: visibleIn(readings.queue),
    threshold: settings.readingsBacklogMax,
  };
  yield {
    id: 'RequestsDead',
    section: 'Requests are in the dead-letter queue',
    meaning: 'A request failed too often. Its readings are missing from the state.',
    metric: visibleIn(requests.deadLetterQueue),
    threshold: 0,
  };
  yield {
    id: 'SubmitsRefused',
    section: 'Requests submit too many requests',
    meaning:
      'More requests were submitted, or in a longer chain, than the pipeline allows. The requests above the limit were set aside or not sent.',
    metric: weirMetric(watched, 'reader', 'SubmitsRefused'),
    threshold: 0,
  };
  yield {
    id: 'ReadingsDead',
    section: 'Readings are in the dead-letter queue',
    meaning: 'A reading was set aside. It is missing from the state of its key.',
    metric: visibleIn(readings.deadLetterQueue),
    threshold: 0,
  };
  if (backfillQueue !== undefined) {
    yield {
      id: 'BackfillAge',
      section: 'A backfill takes too long',
      meaning:
        `A request of the backfill has waited for more than ${settings.backfillAgeHoursMax} hours. SQS deletes it after ` +
        `${RETENTION_DAYS} days.`,
      metric: ageOf(backfillQueue),
      threshold: settings.backfillAgeHoursMax * 3600,
    };
  }
  if (results !== undefined) yield* resultsAlarms(results, settings);
}

function* resultsAlarms(results: QueuePair, settings: Settings['alarms']): Generator<AlarmDefinition> {
  yield {
    id: 'ResultsAge',
    section: 'Results are not taken',
    meaning: `An output has waited on the results queue for more than ${settings.resultAgeHoursMax} hours.`,
    metric: ageOf(results.queue),
    threshold: settings.resultAgeHoursMax * 3600,
  };
  yield {
    id: 'ResultsDead',
    section: 'Results are in the dead-letter queue',
    meaning: 'A consumer of the results queue keeps failing on a message.',
    metric: visibleIn(results.deadLetterQueue),
    threshold: 0,
  };
}

function* sourceAlarms(watched: Watched, settings: Settings['alarms']): Generator<AlarmDefinition> {
  if (!watched.namesSources) return;
  yield {
    id: 'SourceClosed',
    section: 'A source is closed',
    meaning:
      `A source is closed for more than ${settings.sourceClosedMinutesMax} minutes: it named that time, or refuses ` +
      'every read. Its requests wait.',
    metric: weirMetric(watched, 'reader', 'SourceClosedMs', Stats.MAXIMUM),
    threshold: settings.sourceClosedMinutesMax * 60_000,
  };
}

function* computeAlarms(watched: Watched, settings: Settings['alarms']): Generator<AlarmDefinition> {
  yield {
    id: 'StoppedKeys',
    section: 'A key is stopped',
    meaning: 'A key is stopped: compute threw on one of its readings. The later readings are parked.',
    metric: weirMetric(watched, 'compute', 'StoppedKeys'),
    threshold: 0,
    // One value within the hour is enough: the metric exists only while readings of the key arrive.
    periods: [1, 12],
  };
  yield {
    id: 'Conflicts',
    section: 'Commits conflict',
    meaning: `More than ${settings.conflictsMax} commits in five minutes conflicted with another commit of their key: something else may be writing to the table.`,
    metric: weirMetric(watched, 'compute', 'Conflicts'),
    threshold: settings.conflictsMax,
    periods: [3, 3],
  };
  const stateBytes = weirMetric(watched, 'compute', 'StateBytes', Stats.MAXIMUM);
  const size = (percent: number) => ({
    section: 'A state grows too large',
    meaning: `The state of a key has more than ${percent} % of the ${STATE_BYTES_MAX} bytes that a state may have.`,
    metric: stateBytes,
    threshold: Math.floor((STATE_BYTES_MAX * percent) / 100),
  });
  yield { id: 'StateHalfFull', ...size(50) };
  yield { id: 'StateNearlyFull', ...size(80) };
}

function* functionAlarms(watched: Watched, settings: Settings['alarms']): Generator<AlarmDefinition> {
  yield {
    id: 'OutputsAge',
    section: 'Outputs are late',
    meaning: `An output has waited for more than ${settings.outputAgeMinutesMax} minutes to be written.`,
    metric: outputAge(watched),
    threshold: settings.outputAgeMinutesMax * 60_000,
  };
  yield {
    id: 'WritesFailed',
    section: 'Outputs cannot be written',
    meaning:
      `write failed more than ${settings.writeFailuresMax} times in five minutes. ` +
      'Outputs that fail too often go to the bucket for undelivered outputs.',
    metric: weirMetric(watched, 'writer', 'WritesFailed'),
    threshold: settings.writeFailuresMax,
  };
  yield {
    id: 'Errors',
    section: 'Invocations end without an answer',
    meaning: 'An invocation crashed or timed out. Its messages come back and are processed again.',
    metric: totalOf('Errors', watched),
    threshold: 0,
  };
  yield {
    id: 'Throttles',
    section: 'Functions are throttled',
    meaning:
      'The account has no free concurrency for the functions. Work waits, and messages are received in vain.',
    metric: totalOf('Throttles', watched),
    threshold: 0,
    periods: [3, 3],
  };
  yield {
    id: 'RunsPerMessage',
    section: 'Too many runs',
    meaning:
      `There were more than ${settings.runsPerMessageMax} runs for each finished message. A healthy run finishes at ` +
      'least one, so AWS bills runs that finish nothing.',
    metric: runsPerMessage(watched),
    threshold: settings.runsPerMessageMax,
  };
}
