/** Converts messages between SQS's JSON and the model. */
import { attributeType, isBinary } from '../../../model/queue/attribute-type.ts';
import { SqsError } from '../../../model/queue/sqs-error.ts';
import type { ReceivedMessage, SendResult, SqsMessage } from '../../../model/queue/types.ts';
import { md5OfAttributes, md5OfBody } from './digests.ts';
import { type Fields, fieldsOf, optionalSeconds, optionalText, text, texts } from './request-fields.ts';

const DELAY_SECONDS_MAX = 900;

/** A SendMessage request, or an entry of a SendMessageBatch. */
export function messageFrom(fields: Fields): SqsMessage {
  const attributes = attributesFrom(fields, 'MessageAttributes');
  const typed = attributes.filter(({ type }) => type !== 'String');
  return {
    body: text(fields, 'MessageBody'),
    // fromEntries, because assigning to `__proto__` would not create a property.
    attributes: Object.fromEntries(attributes.map(({ name, value }) => [name, value])),
    attributeTypes: Object.fromEntries(typed.map(({ name, type }) => [name, type])),
    traceHeader: traceHeaderFrom(fields),
    group: optionalText(fields, 'MessageGroupId'),
    deduplicationId: optionalText(fields, 'MessageDeduplicationId'),
    delayMs: optionalSeconds(fields, 'DelaySeconds', DELAY_SECONDS_MAX),
  };
}

function attributesFrom(fields: Fields, field: string) {
  return Object.entries(fieldsOf(fields[field] ?? {}, field)).map(([name, given]) => {
    const attribute = fieldsOf(given, `${field}.${name}`);
    const type = optionalText(attribute, 'DataType') ?? '';
    return { name, type, value: optionalText(attribute, valueField(type)) ?? '' };
  });
}

function valueField(type: string): 'BinaryValue' | 'StringValue' {
  return isBinary(type) ? 'BinaryValue' : 'StringValue';
}

/** The trace header is the only system attribute that a sender may set. */
function traceHeaderFrom(fields: Fields): string | undefined {
  let traceHeader: string | undefined;
  for (const { name, value, type } of attributesFrom(fields, 'MessageSystemAttributes')) {
    if (name !== 'AWSTraceHeader' || type !== 'String' || value === '') {
      throw new SqsError(
        'InvalidParameterValue',
        `Message system attribute '${name}' of type '${type}' is invalid: only AWSTraceHeader, a String, is supported.`,
      );
    }
    traceHeader = value;
  }
  return traceHeader;
}

export function sendAnswer(message: SqsMessage, { messageId, sequenceNumber }: SendResult) {
  const { traceHeader } = message;
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5OfBody(message.body),
    MD5OfMessageAttributes: md5OfAttributes(message.attributes ?? {}, message.attributeTypes),
    MD5OfMessageSystemAttributes:
      traceHeader === undefined ? undefined : md5OfAttributes({ AWSTraceHeader: traceHeader }),
    SequenceNumber: sequenceNumber,
  };
}

/** What a ReceiveMessage request asks for of each message. */
export interface Wanted {
  readonly attribute: (name: string) => boolean;
  readonly systemAttribute: (name: string) => boolean;
}

export function wantedFrom(fields: Fields): Wanted {
  const patterns = texts(fields, 'MessageAttributeNames');
  const system = [...texts(fields, 'MessageSystemAttributeNames'), ...texts(fields, 'AttributeNames')];
  const unknown = system.find((name) => name !== 'All' && !SYSTEM_ATTRIBUTES.has(name));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  return {
    attribute: (name) =>
      patterns.some((pattern) =>
        pattern.endsWith('.*')
          ? name.startsWith(pattern.slice(0, -2))
          : pattern === 'All' || pattern === name,
      ),
    systemAttribute: (name) => system.includes('All') || system.includes(name),
  };
}

const SYSTEM_ATTRIBUTES: ReadonlyMap<string, (message: ReceivedMessage) => string | undefined> = new Map([
  ['SenderId', () => 'AIDALOCAL'],
  ['SentTimestamp', (message) => String(message.sentAt)],
  ['ApproximateReceiveCount', (message) => String(message.receiveCount)],
  ['ApproximateFirstReceiveTimestamp', (message) => String(message.firstReceivedAt)],
  ['SequenceNumber', (message) => message.sequenceNumber],
  ['MessageDeduplicationId', (message) => message.deduplicationId],
  ['MessageGroupId', (message) => message.group],
  ['AWSTraceHeader', (message) => message.traceHeader],
  ['DeadLetterQueueSourceArn', (message) => message.deadLetterSourceArn],
] satisfies [string, (message: ReceivedMessage) => string | undefined][]);

export function messageAnswer(message: ReceivedMessage, wanted: Wanted) {
  const system = [...SYSTEM_ATTRIBUTES].flatMap(([name, read]) => {
    const value = wanted.systemAttribute(name) ? read(message) : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  const types = message.attributeTypes;
  const attributes = Object.entries(message.attributes).filter(([name]) => wanted.attribute(name));
  const typedAttributes = attributes.map(([name, value]) => {
    const type = attributeType(types, name);
    return [name, { DataType: type, [valueField(type)]: value }] as const;
  });
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5OfBody(message.body),
    Attributes: recordOf(system),
    MD5OfMessageAttributes: md5OfAttributes(Object.fromEntries(attributes), types),
    MessageAttributes: recordOf(typedAttributes),
  };
}

/** An empty record is left out of the answer. */
function recordOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> | undefined {
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
