/** Parses messages from Lambda's events, or from SQS's answers, into IncomingMessages. */
import type { Message } from '@aws-sdk/client-sqs';
import type { IncomingMessage } from '../incoming-message.ts';
import { isRecord } from '../json.ts';

export function parseSqsEvent(event: unknown): IncomingMessage[] {
  if (!isRecord(event) || !Array.isArray(event['Records'])) {
    throw new Error(
      'the event has no Records: this function is to be invoked by an SQS event source mapping',
    );
  }
  return event['Records'].map(parseRecord);
}

export function parseReceivedMessage(message: Message): IncomingMessage {
  const { MessageId, ReceiptHandle, Body, Attributes = {}, MessageAttributes = {} } = message;
  const record = { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes };
  const pairs = Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) =>
    StringValue === undefined ? [] : [[name, StringValue]],
  );
  return { ...parseRecord(record), attributes: Object.fromEntries(pairs) };
}

function parseRecord(record: unknown): IncomingMessage {
  if (!isRecord(record)) throw new Error('an SQS record is not an object');
  const system = isRecord(record['attributes']) ? record['attributes'] : {};
  return {
    messageId: text(record, 'messageId'),
    receiptHandle: text(record, 'receiptHandle'),
    body: text(record, 'body'),
    receiveCount: Number(text(system, 'ApproximateReceiveCount')),
    sentAt: Number(text(system, 'SentTimestamp')),
    group: optionalText(system, 'MessageGroupId'),
    sequenceNumber: optionalText(system, 'SequenceNumber'),
    attributes: stringAttributes(record['messageAttributes']),
  };
}

function stringAttributes(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).flatMap(([name, attribute]) =>
    isRecord(attribute) && typeof attribute['stringValue'] === 'string'
      ? [[name, attribute['stringValue']]]
      : [],
  );
  return Object.fromEntries(pairs);
}

function text(record: Record<string, unknown>, name: string): string {
  const value = record[name];
  if (typeof value !== 'string') throw new Error(`an SQS record has no ${name}`);
  return value;
}

function optionalText(record: Record<string, unknown>, name: string): string {
  const value = record[name];
  return typeof value === 'string' ? value : '';
}
