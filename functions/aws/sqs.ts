/** The SQS side of the ports, on the AWS SDK. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  SQSServiceException,
} from '@aws-sdk/client-sqs';
import type { Outbox, OutgoingMessage, RequestsQueue, SendFailure } from '../ports.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { lean } from './lean-client.ts';
import { rehearse } from './rehearse.ts';
import { parseReceivedMessage } from './sqs-records.ts';

/**
 * The longest wait for the answer to a receive. A lost answer may contain messages, which then stay invisible, and each further
 * attempt could take more messages. So this is less than the client's request timeout, after which the client would retry.
 */
const RECEIVE_MS_MAX = 1_250;

export function createSqsClient(): SQSClient {
  // The signature covers the whole body of a call, and TLS protects the answer, so an MD5 sum of each message adds nothing.
  const client = new SQSClient({ ...CLIENT_SETTINGS, md5: false });
  // recursionDetectionMiddleware stays: Lambda needs the trace that it passes on to stop loops through queues.
  lean(client.middlewareStack, client.config, {
    service: 'sqs',
    wire: {
      target: 'AmazonSQS',
      // As in the SDK. An error then has both of its names.
      headers: { 'x-amzn-query-mode': 'true' },
      binary: false,
      errors: {},
      otherError: SQSServiceException,
    },
    without: ['loggerMiddleware', 'getUserAgentMiddleware', 'queueUrlMiddleware'],
    placeOf: originOfQueue,
  });
  return client;
}

/** The endpoint of a call is the origin of the queue's URL, as in the SDK. */
function originOfQueue(input: object): URL {
  const url = 'QueueUrl' in input ? input.QueueUrl : undefined;
  if (typeof url !== 'string') throw new Error('a call to a queue has no QueueUrl');
  return new URL('/', url);
}

export function rehearseSend(client: SQSClient, queueUrl: string): Promise<void> {
  const Entries = [toEntry({ body: '' }, 0)];
  return rehearse((abortSignal) =>
    client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal }),
  );
}

export function createOutbox(client: SQSClient, queueUrl: string): Outbox {
  return {
    async sendBatch(messages) {
      const Entries = messages.map(toEntry);
      const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
      const taken = new Set(answer.Successful?.map((entry) => entry.Id));
      const refused = new Map(answer.Failed?.map((entry) => [entry.Id, entry]));
      return Entries.map(({ Id }): SendFailure | undefined => {
        if (taken.has(Id)) return undefined;
        const failure = refused.get(Id);
        // SQS may list an entry as neither successful nor failed. Only a successful entry counts as sent.
        if (failure === undefined) return { reason: 'SQS did not account for it', retriable: true };
        return { reason: failure.Code ?? 'no code given', retriable: failure.SenderFault !== true };
      });
    },
  };
}

export function createRequestsQueue(client: SQSClient, queueUrl: string): RequestsQueue {
  return {
    async postpone(receiptHandle, seconds) {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: seconds,
        }),
      );
    },
    async receive(max, seconds) {
      const answer = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: max,
          VisibilityTimeout: seconds,
          WaitTimeSeconds: 0,
          MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp', 'MessageGroupId'],
          MessageAttributeNames: ['All'],
        }),
        // The client retries after a request timeout, but not after an abort.
        { abortSignal: AbortSignal.timeout(RECEIVE_MS_MAX) },
      );
      return (answer.Messages ?? []).map(parseReceivedMessage);
    },
    async remove(receiptHandles) {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
    },
  };
}

function toEntry(message: OutgoingMessage, index: number): SendMessageBatchRequestEntry & { Id: string } {
  const attributes = Object.entries(message.attributes ?? {});
  return {
    Id: String(index),
    MessageBody: message.body,
    ...(message.delaySeconds === undefined ? {} : { DelaySeconds: message.delaySeconds }),
    ...(message.group === undefined ? {} : { MessageGroupId: message.group }),
    ...(message.deduplicationId === undefined ? {} : { MessageDeduplicationId: message.deduplicationId }),
    ...(attributes.length === 0
      ? {}
      : {
          MessageAttributes: Object.fromEntries(
            attributes.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
          ),
        }),
  };
}
