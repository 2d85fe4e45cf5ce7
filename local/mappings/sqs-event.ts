/** SQS messages as Lambda hands them to a function. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
import { hash } from 'node:crypto';
import type { SQSEvent, SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import type { ReceivedMessage } from '../../model/queue/types.ts';
import { LOCAL_REGION } from '../template/stack-spec.ts';

export function sqsEvent(messages: readonly ReceivedMessage[], queueArn: string): SQSEvent {
  return { Records: messages.map((message) => toRecord(message, queueArn)) };
}

function toRecord(message: ReceivedMessage, queueArn: string): SQSRecord {
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, value]) => [
        name,
        toAttribute(value, message.attributeTypes?.[name] ?? 'String'),
      ]),
    ),
    md5OfBody: hash('md5', message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: LOCAL_REGION,
  };
}

function systemAttributes(message: ReceivedMessage): SQSRecord['attributes'] {
  const { traceHeader, sequenceNumber, group, deduplicationId, deadLetterSourceArn } = message;
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    ...(traceHeader !== undefined && { AWSTraceHeader: traceHeader }),
    SentTimestamp: String(message.sentAt),
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    ...(group !== undefined && { MessageGroupId: group }),
    SenderId: 'AIDALOCAL',
    ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(deadLetterSourceArn !== undefined && { DeadLetterQueueSourceArn: deadLetterSourceArn }),
  };
}

function toAttribute(value: string, dataType: string): SQSMessageAttribute {
  const content = dataType.startsWith('Binary') ? { binaryValue: value } : { stringValue: value };
  return { ...content, stringListValues: [], binaryListValues: [], dataType };
}
