import { ChangeMessageVisibilityCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { createOutbox, createRequestsQueue, createSqsClient } from '../../../functions/aws/sqs.ts';

const sqs = mockClient(SQSClient);
const outbox = createOutbox(createSqsClient(), 'https://queue');
beforeEach(() => {
  sqs.reset();
});

const messages = ['a', 'b', 'c'].map((body) => ({ body }));

describe('a batch sent to SQS', () => {
  test('is one call that holds each message as it is', async () => {
    sqs.on(SendMessageBatchCommand).resolves({ Successful: [{ Id: '0' }, { Id: '1' }] as never });
    await outbox.sendBatch([
      { body: 'fifo', group: 'g', deduplicationId: 'd' },
      { body: 'standard', attributes: { id: 'r-1', reason: 'why' } },
    ]);
    expect(sqs).toHaveReceivedCommandExactlyOnceWith(SendMessageBatchCommand, {
      QueueUrl: 'https://queue',
      Entries: [
        { Id: '0', MessageBody: 'fifo', MessageGroupId: 'g', MessageDeduplicationId: 'd' },
        {
          Id: '1',
          MessageBody: 'standard',
          MessageAttributes: {
            id: { DataType: 'String', StringValue: 'r-1' },
            reason: { DataType: 'String', StringValue: 'why' },
          },
        },
      ],
    });
  });

  test('counts only the messages that SQS lists as successful as sent', async () => {
    sqs.on(SendMessageBatchCommand).resolves({
      Successful: [{ Id: '1' }] as never,
      Failed: [{ Id: '0', SenderFault: true, Code: 'InvalidMessageContents' }],
    });
    expect(await outbox.sendBatch(messages)).toEqual([
      { reason: 'InvalidMessageContents', retriable: false },
      undefined,
      { reason: 'SQS did not account for it', retriable: true },
    ]);
  });

  test('counts as not sent when the answer names no message', async () => {
    sqs.on(SendMessageBatchCommand).resolves({});
    expect(await outbox.sendBatch(messages)).toEqual(
      messages.map(() => ({ reason: 'SQS did not account for it', retriable: true })),
    );
    sqs.on(SendMessageBatchCommand).resolves({
      Failed: [{ Id: '0', SenderFault: false, Code: 'InternalError' }],
      Successful: [{ Id: '7' }] as never,
    });
    expect(await outbox.sendBatch(messages.slice(0, 1))).toEqual([
      { reason: 'InternalError', retriable: true },
    ]);
  });

  test('throws when there is no answer', async () => {
    sqs.on(SendMessageBatchCommand).rejects(new Error('socket hang up'));
    await expect(outbox.sendBatch(messages)).rejects.toThrow('socket hang up');
  });
});

test('a request is postponed by its receipt handle', async () => {
  await createRequestsQueue(createSqsClient(), 'https://requests').postpone('handle', 40);
  expect(sqs).toHaveReceivedCommandExactlyOnceWith(ChangeMessageVisibilityCommand, {
    QueueUrl: 'https://requests',
    ReceiptHandle: 'handle',
    VisibilityTimeout: 40,
  });
});
