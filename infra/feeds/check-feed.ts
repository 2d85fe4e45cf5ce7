/** Refuses, at synth, a feed that TypeScript would refuse: an app may be JavaScript, or take its feeds from a file. */
import { isRecord } from '../../functions/json.ts';
import { kindOf } from '../../functions/kind-of.ts';
import { suggest } from '../../functions/nearest.ts';

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

/** `names`: of all feeds. */
export function checkFeed(feed: unknown, names: readonly string[]): void {
  if (!isRecord(feed))
    throw new Error(`feed is ${kindOf(feed)}: use an object, feed: { every: '5 minutes' }`);
  for (const name of Object.keys(feed)) {
    if (!names.includes(name)) throw new Error(`feed.${name} is no feed: ${suggest(name, names)}`);
  }
  for (const [name, [properties, wanted]] of Object.entries(SOURCES)) {
    for (const source of [feed[name]].flat()) {
      const isSource = isRecord(source) && properties.some((property) => property in source);
      if (source !== undefined && !isSource)
        throw new Error(`feed.${name} is ${kindOf(source)}: use ${wanted}`);
    }
  }
}
