/**
 * A feed of an SNS topic goes through a queue. If the requests queue itself subscribed, no id could be set, and a message that
 * SNS delivers twice would count twice (docs/decisions/0031-feeds.md).
 */
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Stack, Token } from 'aws-cdk-lib/core';
import { allowServices } from '../encryption.ts';
import { addQueue } from '../pipeline-queue.ts';
import { FEED_TIMEOUT_SECONDS, type FedPipeline, type FeedFunction, receiveFrom } from './feed-parts.ts';
import { checkTopic } from './sources.ts';

export function topicFeed(
  { scope, settings, keeping }: FedPipeline,
  id: string,
  topic: ITopic,
): FeedFunction {
  checkTopic(scope, topic);
  const { retentionDays, deadLetterRetentionDays } = settings.requests;
  const pair = addQueue(
    scope,
    id,
    'standard',
    {
      // Six times the timeout, as AWS advises. The receive count is high, so that an outage of SQS sets no message aside.
      visibilityTimeoutSeconds: 6 * FEED_TIMEOUT_SECONDS,
      maxReceiveCount: 1000,
      retentionDays,
      deadLetterRetentionDays,
    },
    keeping,
  );
  const { queue } = pair;
  queue.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.ALLOW,
      principals: [new ServicePrincipal('sns.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { ArnEquals: { 'aws:SourceArn': topic.topicArn } },
    }),
  );
  if (keeping.encryptionKey !== undefined) allowServices(scope, keeping.encryptionKey, ['sns']);
  const { region } = topic.env;
  const elsewhere = !Token.isUnresolved(region) && region !== Stack.of(scope).region;
  new CfnSubscription(scope, `${id}Subscription`, {
    topicArn: topic.topicArn,
    protocol: 'sqs',
    endpoint: queue.queueArn,
    ...(elsewhere ? { region } : {}),
  });
  return {
    id,
    kind: 'topic',
    uses: [receiveFrom(queue)],
    mapping: { eventSourceArn: queue.queueArn, maxConcurrency: TOPIC_FEEDS_AT_ONCE },
    deadLetters: pair,
  };
}

const TOPIC_FEEDS_AT_ONCE = 10;
