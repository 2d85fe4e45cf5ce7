/** Tells the compute function to forget a key, with a command in the key's group of the readings queue. */
import { randomUUID } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { forgetMessage } from '../functions/commands.ts';

export interface ForgetOptions {
  /** Default: a random id. */
  readonly id?: string;
  /** The reason, which is stored with the key. */
  readonly reason?: string;
}

export async function sayForget(
  key: string,
  { id = randomUUID(), reason = '' }: ForgetOptions = {},
  sqs: SQSClient,
  QueueUrl: string | undefined,
): Promise<{ readonly id: string }> {
  if (!QueueUrl) {
    throw new TypeError(
      "createClient: readingsQueueUrl is empty, and forget needs it; the pipeline's stack tells it as an output, and the " +
        'construct as a property',
    );
  }
  const { body, group, deduplicationId } = forgetMessage(key, reason, id);
  const word = { MessageBody: body, MessageGroupId: group, MessageDeduplicationId: deduplicationId };
  await sqs.send(new SendMessageCommand({ QueueUrl, ...word }));
  return { id };
}
