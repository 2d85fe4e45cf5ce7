/** Refuses, at synth, a feed that TypeScript would refuse: an app may be JavaScript, or take its feeds from a file. */
import { isRecord } from '../../functions/json.ts';
import { kindOf } from '../../functions/kind-of.ts';
import { suggest } from '../../functions/nearest.ts';
import type { Feed } from '../feed.ts';

/** For each feed of a source: the properties of which it needs one, and how to name such a source. */
const SOURCES = {
  queue: [['queueArn'], "a queue of the CDK, such as Queue.fromQueueArn(this, 'Orders', ARN)"],
  topic: [['topicArn'], "a topic of the CDK, such as Topic.fromTopicArn(this, 'Prices', ARN)"],
  dynamoStream: [['tableArn', 'table'], 'a table of the CDK with a stream, or { table }'],
  kinesis: [
    ['streamArn', 'stream'],
    "a stream of the CDK, such as Stream.fromStreamArn(this, 'Meters', ARN)",
  ],
  kafka: [
    ['cluster', 'bootstrapServers'],
    "{ cluster: ARN, topic: 'sales', auth: 'iam' }, or bootstrapServers",
  ],
} as const;
const NAMES: Record<keyof Feed, true> = {
  bucket: true,
  events: true,
  every: true,
  queue: true,
  topic: true,
  dynamoStream: true,
  kinesis: true,
  kafka: true,
};

export function checkFeed(feed: unknown): void {
  if (!isRecord(feed))
    throw new Error(`feed is ${kindOf(feed)}: use an object, feed: { every: '5 minutes' }`);
  for (const name of Object.keys(feed)) {
    if (!Object.hasOwn(NAMES, name))
      throw new Error(`feed.${name} is no feed: ${suggest(name, Object.keys(NAMES))}`);
  }
  for (const [name, [properties, wanted]] of Object.entries(SOURCES)) {
    for (const source of [feed[name]].flat()) {
      const isSource = isRecord(source) && properties.some((property) => property in source);
      if (source !== undefined && !isSource)
        throw new Error(`feed.${name} is ${kindOf(source)}: use ${wanted}`);
    }
  }
}
