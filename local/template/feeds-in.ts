/**
 * The feeds of a pipeline in a template: functions that have its requests queue and the kind of their records
 * in their environment, and the queue or table that feeds them if the template has it. An external source is
 * not played (local/feeds/play-feed.ts stands in).
 */
import { ENV } from '../../functions/env.ts';
import { attributeOf, propertiesOf, recordIn, refOf } from './template-parts.ts';

const NAMES: Readonly<Record<string, string>> = {
  queue: 'QueueFeed',
  topic: 'TopicFeed',
  dynamoStream: 'DynamoStreamFeed',
  kinesis: 'KinesisFeed',
  kafka: 'KafkaFeed',
};

/** Adds functions and sources to `parts`, under the names that they have in a stack with one pipeline. */
export function addFeeds(resources: Readonly<Record<string, unknown>>, parts: Map<string, string>): void {
  for (const id of Object.keys(resources)) {
    const variables = recordIn(recordIn(propertiesOf(resources, id), 'Environment'), 'Variables');
    const name = NAMES[String(variables[ENV.feed])];
    if (name === undefined) continue;
    if (parts.get(refOf(variables[ENV.requestsQueueUrl]) ?? '') !== 'RequestsQueue') continue;
    const before = [...parts.values()].filter((part) => new RegExp(`^${name}\\d*$`).test(part)).length;
    const feed = before === 0 ? name : `${name}${before + 1}`;
    parts.set(id, feed);
    addSource(id, feed, resources, parts);
  }
}

function addSource(
  feedId: string,
  feed: string,
  resources: Readonly<Record<string, unknown>>,
  parts: Map<string, string>,
): void {
  for (const id of Object.keys(resources)) {
    if (recordIn(resources, id)['Type'] !== 'AWS::Lambda::EventSourceMapping') continue;
    const { FunctionName: target, EventSourceArn: arn } = propertiesOf(resources, id);
    const source = attributeOf(arn);
    if (refOf(target) !== feedId || source === undefined || parts.has(source)) continue;
    if (!PLAYED.has(String(recordIn(resources, source)['Type']))) continue;
    parts.set(source, `${feed}Source`);
    const redrive = recordIn(propertiesOf(resources, source), 'RedrivePolicy');
    const deadLetters = attributeOf(redrive['deadLetterTargetArn']);
    if (deadLetters !== undefined && !parts.has(deadLetters)) {
      parts.set(deadLetters, `${feed}SourceDeadLetterQueue`);
    }
  }
}

const PLAYED = new Set(['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable']);
