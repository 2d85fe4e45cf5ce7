/**
 * Walks through a dead-letter queue. SQS can only show a message by delivering it, so the walk receives each
 * message, which hides it from others, and gives it back at once if it is not to be deleted, even when the
 * walk is interrupted. If the process is killed, the messages become visible again after VISIBILITY_SECONDS.
 *
 * SQS delivers at most ten messages of one group until these are deleted or given back. So if a key has more
 * than ten dead letters in a FIFO queue, the walk sees the first ten.
 */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { SQS_BATCH_ENTRIES_MAX } from '../functions/limits.ts';
import type { Deployment } from './deployment.ts';

export interface DeadMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  /** FIFO message group; on a standard queue the tenant, if any. */
  readonly group: string | undefined;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** ARN of the queue from which SQS itself moved it. */
  readonly source?: string | undefined;
}

export interface WalkOptions {
  /** Most messages to walk through. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Returns the messages that are finished, which the walk then deletes. */
export type Deal = (messages: readonly DeadMessage[]) => Promise<readonly DeadMessage[]>;

const VISIBILITY_SECONDS = 120;
/** A long poll asks all of SQS's servers; a short poll may miss messages. */
const WAIT_SECONDS = 1;

export async function walkQueue(
  { sqs, local }: Deployment,
  QueueUrl: string,
  { limit, signal }: WalkOptions,
  deal: Deal,
): Promise<void> {
  const seen = new Set<string>();
  const held: DeadMessage[] = [];
  const settings = {
    QueueUrl,
    VisibilityTimeout: VISIBILITY_SECONDS,
    WaitTimeSeconds: local ? 0 : WAIT_SECONDS,
    MessageAttributeNames: ['All'],
    MessageSystemAttributeNames: ['All' as const],
  };
  try {
    while (seen.size < limit && !signal.aborted) {
      const MaxNumberOfMessages = Math.min(SQS_BATCH_ENTRIES_MAX, limit - seen.size);
      const answer = await sqs.send(new ReceiveMessageCommand({ ...settings, MaxNumberOfMessages }));
      const messages = (answer.Messages ?? []).map(parseMessage);
      held.push(...messages);
      const fresh = messages.filter(({ messageId }) => !seen.has(messageId));
      if (fresh.length === 0) return;
      for (const { messageId } of fresh) seen.add(messageId);
      const done = await deal(fresh);
      await deleteAll(sqs, QueueUrl, done);
      for (const message of done) held.splice(held.indexOf(message), 1);
    }
  } finally {
    await giveBack(sqs, QueueUrl, held);
  }
}

type Sqs = Deployment['sqs'];

async function deleteAll(sqs: Sqs, QueueUrl: string, messages: readonly DeadMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const Entries = messages.map(({ receiptHandle }, index) => ({
    Id: String(index),
    ReceiptHandle: receiptHandle,
  }));
  const { Failed = [] } = await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  if (Failed.length === 0) return;
  throw new Error(
    `${Failed.length} messages were dealt with, but SQS did not delete them (${Failed[0]?.Code}): they are still in ` +
      'the dead-letter queue; do the same again, nothing is applied twice',
  );
}

async function giveBack(sqs: Sqs, QueueUrl: string, messages: readonly DeadMessage[]): Promise<void> {
  for (let from = 0; from < messages.length; from += SQS_BATCH_ENTRIES_MAX) {
    const Entries = messages.slice(from, from + SQS_BATCH_ENTRIES_MAX).map(({ receiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: 0,
    }));
    // If this fails, the messages become visible again when their visibility timeout ends.
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })).catch(() => undefined);
  }
}

function parseMessage({
  MessageId,
  ReceiptHandle,
  Body,
  Attributes,
  MessageAttributes,
}: Message): DeadMessage {
  const attributes = Object.entries(MessageAttributes ?? {}).flatMap(([name, { StringValue }]) =>
    StringValue === undefined ? [] : [[name, StringValue]],
  );
  return {
    messageId: MessageId ?? '',
    receiptHandle: ReceiptHandle ?? '',
    body: Body ?? '',
    group: Attributes?.MessageGroupId,
    sentAt: Number(Attributes?.SentTimestamp ?? 0),
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 0),
    attributes: Object.fromEntries(attributes),
    source: Attributes?.DeadLetterQueueSourceArn,
  };
}
