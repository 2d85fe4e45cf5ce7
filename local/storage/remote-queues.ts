/**
 * The plan's queues in an external SQS (ElasticMQ, LocalStack), named by AWS_ENDPOINT_URL_SQS. They are
 * created at the start, so that they hold no old messages, and deleted at the end.
 */
import * as v from 'valibot';
import type { OutgoingMessage } from '../../functions/ports.ts';
import type { ReceivedMessage } from '../../model/queue/types.ts';
import { CallError, createJsonCall, type JsonCall } from '../gateway/json-call.ts';
import type { QueuePlan } from '../template/stack-spec.ts';
import type { QueueCounts, StackQueue } from './stack-queue.ts';

export interface RemoteQueues {
  readonly queues: ReadonlyMap<string, StackQueue>;
  /** From the plan's queue URLs to the engine's, which have another account and path. */
  readonly urls: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

export async function createRemoteQueues(
  endpoint: string,
  plans: readonly QueuePlan[],
): Promise<RemoteQueues> {
  const call = createJsonCall(endpoint);
  const queues = new Map<string, StackQueue>();
  const urls = new Map<string, string>();
  const arns = new Map<string, string>();
  const close = async () => {
    for (const QueueUrl of urls.values()) {
      await call('AmazonSQS.DeleteQueue', { QueueUrl }).catch((error: unknown) => {
        if (!isMissing(error)) throw error; // The answer to the first attempt may have been lost.
      });
    }
  };
  // Dead-letter queues first, because the others refer to them.
  const ordered = [...plans].sort(
    (one, other) => Number(one.redrive !== undefined) - Number(other.redrive !== undefined),
  );
  try {
    for (const plan of ordered) {
      const url = await createQueue(call, plan, endpoint, arns);
      urls.set(plan.url, url);
      arns.set(plan.arn, await arnOf(call, url, plan.arn));
      queues.set(plan.name, remoteQueue(call, plan, url));
    }
  } catch (error) {
    await close().catch(() => undefined); // The first error says more.
    throw error;
  }
  return { queues, urls, close };
}

async function createQueue(
  call: JsonCall,
  plan: QueuePlan,
  endpoint: string,
  arns: ReadonlyMap<string, string>,
): Promise<string> {
  const exists = await call('AmazonSQS.GetQueueUrl', { QueueName: plan.name }).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
  if (exists) {
    throw new Error(
      `queue ${plan.name} exists at ${endpoint}: delete it, a local run starts with empty queues`,
    );
  }
  const answer = await call('AmazonSQS.CreateQueue', {
    QueueName: plan.name,
    Attributes: attributesOf(plan, arns),
  });
  return v.parse(v.string(), answer['QueueUrl']);
}

function isMissing(error: unknown): boolean {
  return error instanceof CallError && /NonExistent|DoesNotExist/.test(error.code);
}

/** An engine has its own account and region. */
async function arnOf(call: JsonCall, QueueUrl: string, planned: string): Promise<string> {
  const answer = await call('AmazonSQS.GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  const { QueueArn = planned } = v.parse(v.record(v.string(), v.string()), answer['Attributes'] ?? {});
  return QueueArn;
}

function attributesOf(plan: QueuePlan, arns: ReadonlyMap<string, string>): Record<string, string> {
  const { redrive } = plan;
  return {
    VisibilityTimeout: String(plan.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(plan.retentionSeconds),
    DelaySeconds: String(plan.delaySeconds),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: arns.get(redrive.deadLetterQueueArn) ?? redrive.deadLetterQueueArn,
        maxReceiveCount: redrive.maxReceiveCount,
      }),
    }),
    ...(plan.fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(plan.contentBasedDeduplication),
      DeduplicationScope: plan.deduplicationScope,
      FifoThroughputLimit: plan.throughputLimit,
    }),
  };
}

const COUNTS = {
  visible: 'ApproximateNumberOfMessages',
  inFlight: 'ApproximateNumberOfMessagesNotVisible',
  delayed: 'ApproximateNumberOfMessagesDelayed',
} as const;

/**
 * Some engines do not wake a long poll when a message of a locked group becomes visible: the poll would sleep
 * for 20 s.
 */
const LONG_POLL_SECONDS_MAX = 1;

/** Older engines know only the second name. */
const ALL_ATTRIBUTES = {
  MessageAttributeNames: ['All'],
  AttributeNames: ['All'],
  MessageSystemAttributeNames: ['All'],
};

/** Long enough to receive all of them once, with one call each. */
const LOOK_VISIBILITY_SECONDS = 30;
const LIST_MAX = 1_000;

function remoteQueue(call: JsonCall, plan: QueuePlan, QueueUrl: string): StackQueue {
  const receiveNow = async () => {
    const body = {
      QueueUrl,
      MaxNumberOfMessages: 10,
      VisibilityTimeout: LOOK_VISIBILITY_SECONDS,
      ...ALL_ATTRIBUTES,
    };
    return v.parse(Received, await call('AmazonSQS.ReceiveMessage', body)).Messages.map(toMessage);
  };
  return {
    plan,
    async list() {
      const seen = new Map<string, ReceivedMessage>();
      while (seen.size < LIST_MAX) {
        const messages = await receiveNow();
        if (messages.every(({ messageId }) => seen.has(messageId))) break;
        for (const message of messages) seen.set(message.messageId, message);
      }
      return [...seen.values()];
    },
    async receive(max, waitMs, signal) {
      const body = {
        QueueUrl,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: Math.min(LONG_POLL_SECONDS_MAX, Math.floor(waitMs / 1000)),
        ...ALL_ATTRIBUTES,
      };
      try {
        return v
          .parse(Received, await call('AmazonSQS.ReceiveMessage', body, signal))
          .Messages.map(toMessage);
      } catch (error) {
        if (signal.aborted) return [];
        throw error;
      }
    },
    async deleteBatch(receiptHandles) {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      await call('AmazonSQS.DeleteMessageBatch', { QueueUrl, Entries });
    },
    async send(messages) {
      const Entries = messages.map((message, index) => ({ Id: String(index), ...sendFields(message) }));
      const { Failed } = v.parse(Sent, await call('AmazonSQS.SendMessageBatch', { QueueUrl, Entries }));
      const [refused] = Failed;
      if (refused !== undefined) throw new Error(`queue ${plan.name} refused a message: ${refused.Message}`);
    },
    async counts(): Promise<QueueCounts> {
      const answer = await call('AmazonSQS.GetQueueAttributes', {
        QueueUrl,
        AttributeNames: Object.values(COUNTS),
      });
      const attributes = v.parse(v.record(v.string(), v.string()), answer['Attributes'] ?? {});
      const count = (name: keyof typeof COUNTS) => Number(attributes[COUNTS[name]] ?? 0);
      return { visible: count('visible'), inFlight: count('inFlight'), delayed: count('delayed') };
    },
  };
}

const Sent = v.object({ Failed: v.optional(v.array(v.object({ Message: v.optional(v.string()) })), []) });

function sendFields(message: OutgoingMessage): object {
  return {
    MessageBody: message.body,
    MessageGroupId: message.group,
    MessageDeduplicationId: message.deduplicationId,
    MessageAttributes: Object.fromEntries(
      Object.entries(message.attributes ?? {}).map(([name, StringValue]) => [
        name,
        { DataType: 'String', StringValue },
      ]),
    ),
  };
}

const Attribute = v.object({
  DataType: v.string(),
  StringValue: v.optional(v.string()),
  BinaryValue: v.optional(v.string()),
});
const Received = v.object({
  Messages: v.optional(
    v.array(
      v.object({
        MessageId: v.string(),
        ReceiptHandle: v.string(),
        Body: v.string(),
        Attributes: v.optional(v.record(v.string(), v.string()), {}),
        MessageAttributes: v.optional(v.record(v.string(), Attribute), {}),
      }),
    ),
    [],
  ),
});

function toMessage(message: v.InferOutput<typeof Received>['Messages'][number]): ReceivedMessage {
  const { Attributes: system, MessageAttributes: attributes } = message;
  const optional = {
    group: system['MessageGroupId'],
    deduplicationId: system['MessageDeduplicationId'],
    sequenceNumber: system['SequenceNumber'],
    traceHeader: system['AWSTraceHeader'],
    deadLetterSourceArn: system['DeadLetterQueueSourceArn'],
  };
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    receiveCount: Number(system['ApproximateReceiveCount'] ?? 1),
    sentAt: Number(system['SentTimestamp']),
    firstReceivedAt: Number(system['ApproximateFirstReceiveTimestamp']),
    attributes: mapValues(attributes, ({ StringValue, BinaryValue }) => StringValue ?? BinaryValue ?? ''),
    attributeTypes: mapValues(attributes, ({ DataType }) => DataType),
    ...optional,
  };
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  map: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
