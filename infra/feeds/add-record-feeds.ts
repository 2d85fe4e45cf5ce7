/**
 * Feeds of records: another queue, a topic, the stream of a table, a Kinesis stream, a Kafka topic. Each has a small function
 * that passes records on as requests (functions/feeds/pass-on.ts). Its mapping moves on only after SQS has confirmed a record.
 *
 * As in event-source-mappings.ts, the CDK's event sources are not used, because they add permissions that are not needed.
 */
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { addFeedFunction } from './feed-function.ts';
import { decrypt, type FedPipeline, type FeedFunction, receiveFrom } from './feed-parts.ts';
import { kafkaFeed } from './kafka.ts';
import type { OneOrMore, RecordFeeds, StreamChoice } from './record-feeds.ts';
import { checkQueue, checkTable } from './sources.ts';
import { topicFeed } from './topic.ts';

/** Returns the alarms. */
export function addRecordFeeds(pipeline: FedPipeline, feeds: RecordFeeds): Alarm[] {
  const { queue, topic, dynamoStream, kinesis, kafka } = feeds;
  return [
    ...each('QueueFeed', queue, (id, source) => queueFeed(id, source)),
    ...each('TopicFeed', topic, (id, source) => topicFeed(pipeline, id, source)),
    ...each('DynamoStreamFeed', dynamoStream, (id, source) => dynamoStreamFeed(id, source)),
    ...each('KinesisFeed', kinesis, (id, source) => kinesisFeed(id, source)),
    ...each('KafkaFeed', kafka, (id, source) => kafkaFeed(pipeline, id, source)),
  ].flatMap((make) => addFeedFunction(pipeline, make()));
}

/** The first feed of a kind has the plain name, so that adding a second one does not change it. */
function each<Source extends object>(
  id: string,
  sources: OneOrMore<Source> | undefined,
  make: (id: string, source: Source) => FeedFunction,
): (() => FeedFunction)[] {
  const all = sources === undefined ? [] : isList(sources) ? sources : [sources];
  return all.map((source, index) => () => make(index === 0 ? id : `${id}${index + 1}`, source));
}

function isList<Of>(value: OneOrMore<Of>): value is readonly Of[] {
  return Array.isArray(value);
}

function queueFeed(id: string, queue: IQueue): FeedFunction {
  checkQueue(queue);
  return {
    id,
    kind: 'queue',
    uses: [receiveFrom(queue), ...decrypt(queue.encryptionMasterKey)],
    mapping: { eventSourceArn: queue.queueArn, maxConcurrency: QUEUE_FEEDS_AT_ONCE },
  };
}

const QUEUE_FEEDS_AT_ONCE = 10;

function dynamoStreamFeed(
  id: string,
  source: ITable | ({ readonly table: ITable } & StreamChoice),
): FeedFunction {
  const { table, ...choice } = 'tableArn' in source ? { table: source } : source;
  const streamArn = checkTable(table);
  return {
    id,
    kind: 'dynamoStream',
    uses: [
      {
        actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'],
        resource: streamArn,
      },
      {
        actions: ['dynamodb:ListStreams'],
        resource: '*',
        wildcard: 'ListStreams takes no resource, and Lambda makes no mapping without it.',
      },
      ...decrypt(table.encryptionKey),
    ],
    mapping: { eventSourceArn: streamArn },
    stream: choice,
  };
}

function kinesisFeed(
  id: string,
  source: IStream | ({ readonly stream: IStream } & StreamChoice),
): FeedFunction {
  const { stream, ...choice } = 'streamArn' in source ? { stream: source } : source;
  return {
    id,
    kind: 'kinesis',
    uses: [
      {
        // https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html#events-kinesis-permissions
        actions: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:GetRecords',
          'kinesis:GetShardIterator',
          'kinesis:ListShards',
        ],
        resource: stream.streamArn,
      },
      ...decrypt(stream.encryptionKey),
    ],
    mapping: { eventSourceArn: stream.streamArn },
    stream: choice,
  };
}
