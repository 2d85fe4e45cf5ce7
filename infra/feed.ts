/**
 * Feeds make requests automatically: from schedules (every.ts), from records of queues and streams (feeds/record-feeds.ts), and
 * from events, which a rule on the account's default event bus sends to the requests queue.
 *
 * EventBridge delivers at least once and cannot set a request's id. So the request must contain the event's identity, and the
 * pipeline's `requestId` returns it (docs/deploy.md). New objects come through EventBridge and not as bucket notifications:
 * those are a property of the bucket, which belongs to another stack, and to change it from here would need a function with a
 * wide role.
 */
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { addEvery, type Every } from './every.ts';
import { checkTemplate } from './feeds/check-events.ts';
import { checkFeed } from './feeds/check-feed.ts';
import type { RecordFeeds } from './feeds/record-feeds.ts';

export interface Feed extends RecordFeeds {
  /**
   * Each object created in the bucket under the prefix is a request `{"url":"s3://BUCKET/KEY","sequencer":"…"}`. Url and
   * sequencer together identify the creation, even if S3 or EventBridge reports it twice. The bucket must send its events to
   * EventBridge: docs/deploy.md has the command.
   */
  readonly bucket?: { readonly name: string; readonly prefix?: string };
  /**
   * Each event that matches the pattern is a request. Its body is the whole event, or the fields named here: a value that
   * begins with `$.` is a path into the event (`$.detail.orderId`), any other value is used literally. Include `$.id` and
   * let the pipeline's `requestId` return it: an event that comes twice is then one request.
   */
  readonly events?: {
    readonly pattern: Readonly<Record<string, unknown>>;
    readonly body?: Readonly<Record<string, string>>;
  };
  /**
   * A request at each time of a schedule: `'5 minutes'`, a cron expression, or several schedules with their bodies. The default
   * body is `{"time":"2026-11-28T06:00:00Z"}`.
   */
  readonly every?: string | Every | readonly Every[];
}

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

export interface Feeding {
  readonly encryptionKey: IKey | undefined;
  /** Epoch ms. A schedule without a time after it is refused. */
  readonly now: number;
}

export function addFeed(scope: Construct, queue: Queue, feed: Feed, feeding: Feeding): void {
  checkFeed(feed, Object.keys(NAMES));
  const { bucket, events, every } = feed;
  if (every !== undefined) addEvery(scope, queue, every, feeding);
  if (bucket !== undefined) {
    const { name, prefix = '' } = bucket;
    const key = prefix === '' ? {} : { object: { key: [{ prefix }] } };
    addRule(scope, 'ObjectsFeed', queue, {
      pattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: [name] }, ...key },
      },
      input: {
        inputPathsMap: {
          bucket: '$.detail.bucket.name',
          key: '$.detail.object.key',
          // https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
          sequencer: '$.detail.object.sequencer',
        },
        inputTemplate: '{"url":"s3://<bucket>/<key>","sequencer":"<sequencer>"}',
      },
    });
  }
  if (events !== undefined) {
    const { pattern, body } = events;
    addRule(scope, 'EventsFeed', queue, { pattern, input: body && transformerOf(body) });
  }
}

interface RuleDefinition {
  readonly pattern: object;
  readonly input: CfnRule.InputTransformerProperty | undefined;
}

function addRule(scope: Construct, id: string, queue: Queue, { pattern, input }: RuleDefinition): void {
  const rule = new CfnRule(scope, id, {
    description: 'Puts events onto the requests queue of the pipeline.',
    eventPattern: pattern,
    targets: [{ id: 'Requests', arn: queue.queueArn, ...(input && { inputTransformer: input }) }],
  });
  queue.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // Only this rule may send, not the EventBridge rules of others.
      conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
    }),
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function transformerOf(body: Readonly<Record<string, string>>): CfnRule.InputTransformerProperty {
  const paths: Record<string, string> = {};
  const fields = Object.entries(body).map(([name, value], index) => {
    if (!value.startsWith('$.')) return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    paths[`value${index}`] = value;
    return `${JSON.stringify(name)}:<value${index}>`;
  });
  const inputTemplate = `{${fields.join(',')}}`;
  checkTemplate(Object.keys(paths).length, inputTemplate);
  return { inputPathsMap: paths, inputTemplate };
}
