/** Messages in the form of SQS's client, for all clients on the virtual clock. */
import type { Message, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs';
import { defined } from '../../functions/defined.ts';
import type { ReceivedMessage, SqsMessage } from '../../model/queue/types.ts';

export function toMessage(entry: SendMessageBatchRequestEntry): SqsMessage {
  const { MessageBody = '', MessageAttributes = {}, MessageGroupId, MessageDeduplicationId } = entry;
  const attributes = Object.entries(MessageAttributes).map(([name, value]) => [
    name,
    value.StringValue ?? '',
  ]);
  return {
    body: MessageBody,
    attributes: Object.fromEntries(attributes),
    ...defined({ group: MessageGroupId, deduplicationId: MessageDeduplicationId }),
  };
}

export function toSdkMessage(message: ReceivedMessage): Message {
  const { messageId, receiptHandle, body, receiveCount, sentAt, attributes } = message;
  return {
    MessageId: messageId,
    ReceiptHandle: receiptHandle,
    Body: body,
    Attributes: { ApproximateReceiveCount: String(receiveCount), SentTimestamp: String(sentAt) },
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  };
}
