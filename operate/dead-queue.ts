/**
 * Walking through a dead-letter queue. SQS has no way to look at a message without receiving it, so it is received,
 * hidden from others meanwhile, and given back at once when nothing was to be done with it, also when the walk is
 * interrupted. Killed in the middle, the messages come back by themselves after VISIBILITY_SECONDS.
 *
 * Of one message group SQS hands out ten messages at most until those are deleted or given back: of a FIFO queue with
 * more dead letters for a key than that, the first ten are seen.
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
  /** FIFO; on a standard queue the tenant, if there was one. */
  readonly group: string | undefined;
  readonly sentAt: number;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface WalkOptions {
  /** Messages at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Returns those of the messages that are done with and to be deleted. */
export type Deal = (messages: readonly DeadMessage[]) => Promise<readonly DeadMessage[]>;

const VISIBILITY_SECONDS = 120;
/** A long poll asks all of SQS's servers; a short one may miss what is there. */
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
    // One that cannot be given back comes back when its time is up.
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
  };
}
