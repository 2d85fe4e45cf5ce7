/** Refuses, at synth, sources that could never feed. Each error names the setting, the source and the way out. */
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { CfnQueue, type IQueue } from 'aws-cdk-lib/aws-sqs';
import { Stack, Token } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { FEED_TIMEOUT_SECONDS } from './feed-parts.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig */
export function checkQueue(queue: IQueue): void {
  const resource = queue.node.defaultChild;
  const seconds = resource instanceof CfnQueue ? resource.visibilityTimeout : undefined;
  if (seconds === undefined || seconds >= FEED_TIMEOUT_SECONDS) return;
  throw new Error(
    `feed.queue: ${queue.node.path} has a visibility timeout of ${seconds} s, and Lambda refuses a mapping whose function may ` +
      `take longer, here ${FEED_TIMEOUT_SECONDS} s: give it ${FEED_TIMEOUT_SECONDS} or more`,
  );
}

/** Returns the ARN of its stream. */
export function checkTable(table: ITable): string {
  if (table.tableStreamArn !== undefined) return table.tableStreamArn;
  throw new Error(
    `feed.dynamoStream: the table ${table.node.path} has no stream: give it one (stream: StreamViewType.NEW_AND_OLD_IMAGES), ` +
      'or name it where the table is imported (tableStreamArn)',
  );
}

/** Refuses a topic of another account: only its owner can allow the subscription, in the topic's policy. */
export function checkTopic(scope: Construct, topic: ITopic): void {
  const { account: own } = Stack.of(scope);
  const { account: owner } = topic.env;
  if (Token.isUnresolved(owner) || Token.isUnresolved(own) || owner === own) return;
  throw new Error(
    `feed.topic: ${topic.topicArn} is of account ${owner}, and this stack, of ${own}, has no right to subscribe to it: have its ` +
      'owner subscribe a queue of this account to it, and give that queue (feed: { queue })',
  );
}
