/** Refuses, at synth, a feed that TypeScript would refuse: an app may be JavaScript, or take its feeds from a file. */
import { isRecord } from '../../functions/json.ts';
import { kindOf } from '../../functions/kind-of.ts';
import { suggest } from '../../functions/nearest.ts';
import { checkBucket, checkEvents } from './check-events.ts';

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
  if (names.every((name) => feed[name] === undefined)) throw new Error(withoutFeed(feed, names));
  if (isEmptyList(feed['every'])) throw new Error(emptyList('every', "'5 minutes'"));
  if (feed['bucket'] !== undefined) checkBucket(feed['bucket']);
  if (feed['events'] !== undefined) checkEvents(feed['events']);
  for (const [name, [properties, wanted]] of Object.entries(SOURCES)) {
    if (isEmptyList(feed[name])) throw new Error(emptyList(name, wanted));
    for (const source of [feed[name]].flat()) {
      const isSource = isRecord(source) && properties.some((property) => property in source);
      if (source !== undefined && !isSource)
        throw new Error(`feed.${name} is ${kindOf(source)}: use ${wanted}`);
    }
  }
}

/** An app may compute its feeds, and a feed that is not there would be noticed only by the requests that do not come. */
function withoutFeed(feed: object, names: readonly string[]): string {
  const given = Object.keys(feed);
  const what =
    given.length === 0 ? 'is an empty object' : `has no feed, because ${given.join(' and ')} is undefined`;
  return `feed ${what}: give it one of ${names.join(', ')}, such as feed: { every: '5 minutes' }, or leave feed out`;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function emptyList(name: string, wanted: string): string {
  return `feed.${name} is an empty list: give it ${wanted}, or leave it out`;
}
