/**
 * Refuses messages that SQS refuses, with SQS's own errors. Sizes are bytes of UTF-8 and include the attributes.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../../functions/limits.ts';
import { attributeType, isBinary } from './attribute-type.ts';
import { SqsError } from './sqs-error.ts';
import type { QueueSettings, SqsMessage } from './types.ts';

export const MESSAGE_BYTES_MAX = 1_048_576;
const ATTRIBUTES_MAX = 10;
const DELAY_MS_MAX = 15 * 60_000;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const REFUSED_CHARACTER = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
/** ASCII letters, digits and punctuation: everything from ! to ~. */
const PERMITTED_ID = /^[!-~]{1,128}$/;
const PERMITTED_ATTRIBUTE_NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;

export function checkMessage(message: SqsMessage, settings: QueueSettings): void {
  if (message.body === '') missing('MessageBody');
  if (REFUSED_CHARACTER.test(message.body)) {
    throw new SqsError(
      'InvalidMessageContents',
      'Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | ' +
        '#x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  }
  checkAttributes(message);
  if (messageBytes(message) > MESSAGE_BYTES_MAX) {
    throw new SqsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${MESSAGE_BYTES_MAX} bytes.`,
    );
  }
  if (message.group !== undefined) checkId('MessageGroupId', message.group);
  if (message.deduplicationId !== undefined) checkId('MessageDeduplicationId', message.deduplicationId);
  if (settings.fifo) checkFifo(message, settings);
  else checkStandard(message);
}

/** Checks a SendMessageBatch as a whole. */
export function checkBatch(messages: readonly SqsMessage[]): void {
  checkBatchCount(messages.length);
  let bytes = 0;
  for (const message of messages) bytes += messageBytes(message);
  if (bytes > SQS_BATCH_BYTES_MAX) {
    throw new SqsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${SQS_BATCH_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
    );
  }
}

/** Checks the number of entries, for batches of any action. */
export function checkBatchCount(count: number): void {
  if (count === 0) throw new SqsError('EmptyBatchRequest', 'The batch holds no entry.');
  if (count > SQS_BATCH_ENTRIES_MAX) {
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${SQS_BATCH_ENTRIES_MAX}. You have sent ${count}.`,
    );
  }
}

function messageBytes(message: SqsMessage): number {
  let bytes = Buffer.byteLength(message.body);
  for (const name in message.attributes) {
    const value = message.attributes[name] ?? '';
    const type = attributeType(message.attributeTypes, name);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type);
    bytes += Buffer.byteLength(value, isBinary(type) ? 'base64' : 'utf8');
  }
  return bytes;
}

export function invalid(parameter: string, value: unknown, reason: string): never {
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

export function missing(parameter: string): never {
  throw new SqsError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

function checkAttributes({ attributes = {}, attributeTypes }: SqsMessage): void {
  const entries = Object.entries(attributes);
  if (entries.length > ATTRIBUTES_MAX) {
    throw new SqsError(
      'InvalidParameterValue',
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
    );
  }
  for (const [name, value] of entries) {
    if (!PERMITTED_ATTRIBUTE_NAME.test(name)) {
      throw new SqsError('InvalidParameterValue', `The message attribute name '${name}' is invalid.`);
    }
    const type = attributeType(attributeTypes, name);
    if (!/^(String|Number|Binary)(\..+)?$/.test(type) || type.length > 256) {
      throw new SqsError(
        'InvalidParameterValue',
        `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type ` +
          'prefixes: Binary, Number, String.',
      );
    }
    const content = type.startsWith('Number')
      ? value.trim() !== '' && Number.isFinite(Number(value))
      : value !== '';
    if (!content || REFUSED_CHARACTER.test(value)) {
      throw new SqsError(
        'InvalidParameterValue',
        `The message attribute '${name}' must contain a value that fits its type ${type}.`,
      );
    }
  }
}

function checkFifo(message: SqsMessage, settings: QueueSettings): void {
  if (message.group === undefined) missing('MessageGroupId');
  if (message.deduplicationId === undefined && !settings.contentBasedDeduplication) {
    throw new SqsError(
      'InvalidParameterValue',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  if (message.delayMs !== undefined) {
    invalid('DelaySeconds', message.delayMs / 1000, NOT_FOR_THIS_TYPE);
  }
}

const NOT_FOR_THIS_TYPE = 'The request include parameter that is not valid for this queue type.';

function checkStandard({ deduplicationId, delayMs = 0 }: SqsMessage): void {
  if (deduplicationId !== undefined) invalid('MessageDeduplicationId', deduplicationId, NOT_FOR_THIS_TYPE);
  if (!(delayMs >= 0 && delayMs <= DELAY_MS_MAX)) {
    invalid('DelaySeconds', delayMs / 1000, 'DelaySeconds must be >= 0 and <= 900.');
  }
}

function checkId(parameter: string, id: string): void {
  if (PERMITTED_ID.test(id)) return;
  throw new SqsError(
    'InvalidParameterValue',
    `Value ${id} for parameter ${parameter} is invalid. Reason: ${parameter} can only include alphanumeric and ` +
      'punctuation characters. 1 to 128 in length.',
  );
}
