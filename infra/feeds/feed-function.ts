/** Adds the function of one feed, its mapping, and the alarms for a feed that makes no progress. */
import { type Alarm, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  EventSourceMapping,
  type EventSourceMappingOptions,
  FilterCriteria,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import { ENV } from '../../functions/env.ts';
import { addAlarm } from '../alarms.ts';
import { addFunction } from '../pipeline-function.ts';
import { PERIOD } from '../watched.ts';
import { FEED_TIMEOUT_SECONDS, type FedPipeline, type FeedFunction } from './feed-parts.ts';
import type { StreamChoice } from './record-feeds.ts';

export function addFeedFunction(pipeline: FedPipeline, feed: FeedFunction): Alarm[] {
  const { scope, requests, settings, surroundings } = pipeline;
  const { id, kind, name, uses, mapping, stream } = feed;
  const target = addFunction(scope, id, {
    bundle: pipeline.bundle(),
    description: 'Passes the records of its source on as requests of the pipeline.',
    timeoutSeconds: FEED_TIMEOUT_SECONDS,
    memoryMb: 256,
    logs: settings.logs,
    environment: {},
    surroundings,
    uses: [
      ...uses,
      {
        actions: ['sqs:SendMessage'],
        resource: requests.queue.queueArn,
        env: {
          [ENV.requestsQueueUrl]: requests.queue.queueUrl,
          [ENV.feed]: kind,
          ...(name === undefined ? {} : { [ENV.feedName]: name }),
        },
      },
      {
        actions: ['sqs:SendMessage'],
        resource: requests.deadLetterQueue.queueArn,
        env: { [ENV.requestsDeadLetterQueueUrl]: requests.deadLetterQueue.queueUrl },
      },
    ],
  });
  new EventSourceMapping(scope, `${id}Mapping`, {
    target,
    ...mapping,
    ...(stream === undefined ? {} : positions(stream)),
    // For Kafka, Lambda accepts such answers only in provisioned mode: functions/feeds/decoder.ts.
    ...(kind === 'kafka' ? {} : { reportBatchItemFailures: true }),
  });
  return alarmsOf(pipeline, feed, target);
}

/** Retries have no limit: the mapping passes a record only when SQS has it, or when its source has deleted it. */
function positions({ from = 'oldest', filters = [] }: StreamChoice): Partial<EventSourceMappingOptions> {
  return {
    startingPosition: from === 'oldest' ? StartingPosition.TRIM_HORIZON : StartingPosition.LATEST,
    ...(filters.length === 0 ? {} : { filters: filters.map((pattern) => FilterCriteria.filter(pattern)) }),
  };
}

function alarmsOf(
  { scope, settings, alarmTopicArn }: FedPipeline,
  { id, kind, deadLetters }: FeedFunction,
  target: ReturnType<typeof addFunction>,
): Alarm[] {
  const section = 'A feed makes no progress';
  const minutes = settings.alarms.requestAgeMinutesMax;
  const errors = {
    id: `${id}Errors`,
    section,
    meaning: 'The function of a feed crashed, timed out or could not pass its records on. They come again.',
    metric: target.metric('Errors', { statistic: Stats.SUM, period: PERIOD }),
    threshold: 0,
    periods: [3, 3],
  } as const;
  const age = {
    id: `${id}Age`,
    section,
    meaning: `A record has waited more than ${minutes} minutes in its stream to become a request. The stream drops it when it is too old.`,
    metric: target.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: PERIOD }),
    threshold: minutes * 60_000,
  };
  const dead = deadLetters && {
    id: `${id}Dead`,
    section,
    meaning: 'A message of the topic could not be passed on. It is in the dead-letter queue of the feed.',
    metric: deadLetters.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: PERIOD,
    }),
    threshold: 0,
  };
  const isStream = kind === 'kinesis' || kind === 'dynamoStream';
  return [errors, ...(isStream ? [age] : []), ...(dead === undefined ? [] : [dead])].map((definition) =>
    addAlarm(scope, definition, alarmTopicArn),
  );
}
