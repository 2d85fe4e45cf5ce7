/** SQS's actions on queues: names and attributes. */
import { MESSAGE_BYTES_MAX } from '../../../model/queue/check-message.ts';
import { SqsError } from '../../../model/queue/sqs-error.ts';
import type { Queue, QueueSettings } from '../../../model/queue/types.ts';
import { type Fields, optionalText, text, texts } from './request-fields.ts';

/** By name. Queue URLs and ARNs end in the name; the host and account before it do not matter. */
export type Queues = ReadonlyMap<string, Queue>;

export function findQueue(queues: Queues, urlOrArn: string): Queue | undefined {
  return queues.get(urlOrArn.split(/[/:]/).at(-1) ?? '');
}

export function getQueueUrl(queues: Queues, fields: Fields) {
  const name = text(fields, 'QueueName');
  const queue = queues.get(name);
  if (queue === undefined) throw noSuchQueue();
  return { QueueUrl: queue.settings.url };
}

export function noSuchQueue(): SqsError {
  return new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

export function listQueues(queues: Queues, fields: Fields) {
  const prefix = optionalText(fields, 'QueueNamePrefix') ?? '';
  const urls = [...queues].filter(([name]) => name.startsWith(prefix)).map(([, queue]) => queue.settings.url);
  return urls.length === 0 ? {} : { QueueUrls: urls };
}

export function getQueueAttributes(queue: Queue, fields: Fields) {
  const names = texts(fields, 'AttributeNames');
  const unknown = names.find((name) => name !== 'All' && !QUEUE_ATTRIBUTES.has(name));
  if (unknown !== undefined) throw new SqsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
  const attributes = [...QUEUE_ATTRIBUTES].flatMap(([name, read]) => {
    const value = names.includes('All') || names.includes(name) ? read(queue) : undefined;
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) };
}

type AttributeOf = (queue: Queue) => string | number | boolean | undefined;

const QUEUE_ATTRIBUTES: ReadonlyMap<string, AttributeOf> = new Map<string, AttributeOf>([
  ['ApproximateNumberOfMessages', (queue) => queue.counts().visible],
  ['ApproximateNumberOfMessagesNotVisible', (queue) => queue.counts().inFlight],
  ['ApproximateNumberOfMessagesDelayed', (queue) => queue.counts().delayed],
  ['QueueArn', ({ settings }) => settings.arn],
  ['VisibilityTimeout', ({ settings }) => settings.visibilityTimeoutMs / 1000],
  ['MessageRetentionPeriod', ({ settings }) => settings.retentionMs / 1000],
  ['DelaySeconds', ({ settings }) => settings.delayMs / 1000],
  ['ReceiveMessageWaitTimeSeconds', () => 0],
  ['MaximumMessageSize', () => MESSAGE_BYTES_MAX],
  ['RedrivePolicy', redrivePolicyOf],
  ['FifoQueue', ({ settings }) => settings.fifo || undefined],
  ['ContentBasedDeduplication', fifoOnly((settings) => settings.contentBasedDeduplication)],
  ['DeduplicationScope', fifoOnly((settings) => settings.deduplicationScope)],
]);

function redrivePolicyOf({ settings: { redrive } }: Queue): string | undefined {
  if (redrive === undefined) return undefined;
  const { deadLetterQueue, maxReceiveCount } = redrive;
  return JSON.stringify({ deadLetterTargetArn: deadLetterQueue.settings.arn, maxReceiveCount });
}

function fifoOnly(read: (settings: QueueSettings) => string | boolean): AttributeOf {
  return ({ settings }) => (settings.fifo ? read(settings) : undefined);
}
