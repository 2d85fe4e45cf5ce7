/**
 * The functions' SQS client, over the simulated network: functions/aws/sqs.ts runs unchanged. Messages of a
 * second build with newer formats are translated on the wire, like items (dynamo-client.ts).
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { SqsError } from '../../model/queue/sqs-error.ts';
import type { Queue, ReceivedMessage, SqsMessage } from '../../model/queue/types.ts';
import { requestOfBody } from '../subject/sample-requests.ts';
import type { Landing } from './network.ts';
import { asNewerBody, asOwnBody, isNewerBody } from './newer-format.ts';
import { toMessage, toSdkMessage } from './sdk-messages.ts';
import type { Services } from './services.ts';
import type { Environment } from './simulated-environment.ts';

export function sqsClient(caller: Environment, services: Services): SQSClient {
  const { network, queues, oracle } = services;
  /** Messages that the function received itself, by receipt handle. */
  const pulled = new Map<string, ReceivedMessage>();

  function call<T>(url: string | undefined, apply: (queue: Queue, landing: Landing) => T): Promise<T> {
    return network.call(caller, 'sqs', (landing) => {
      const queue = queues.get(url ?? '');
      if (queue === undefined) throw new RangeError(`no queue ${url}`);
      try {
        return apply(queue, landing);
      } catch (error) {
        if (error instanceof SqsError && error.code === 'ReceiptHandleIsInvalid')
          oracle.broken('I23 lanes', 'a message was given to a queue that does not have it', caller.name);
        throw error;
      }
    });
  }

  function send(command: unknown): Promise<unknown> {
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      return call(QueueUrl, (queue) => sendBatch(Entries, queue, caller, services));
    }
    if (command instanceof ChangeMessageVisibilityCommand) {
      const { QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
      return call(QueueUrl, (queue) => {
        queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1000);
        return {};
      });
    }
    if (command instanceof ReceiveMessageCommand) {
      const { QueueUrl, MaxNumberOfMessages = 1, VisibilityTimeout } = command.input;
      const hold = VisibilityTimeout === undefined ? {} : { visibilityTimeoutMs: VisibilityTimeout * 1000 };
      return call(QueueUrl, (queue, { invocation }) => {
        const messages = queue.receiveNow({ max: MaxNumberOfMessages, ...hold });
        for (const message of messages) {
          pulled.set(message.receiptHandle, message);
          services.trace.add(
            `${invocation} takes #${requestOfBody(message.body)} (receive ${message.receiveCount}) itself`,
          );
          oracle.count('requestPulled');
        }
        return { Messages: messages.map(toSdkMessage) };
      });
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      return call(QueueUrl, (queue) => {
        for (const { ReceiptHandle = '' } of Entries) {
          const message = pulled.get(ReceiptHandle);
          if (services.faults.strikes('lostDelete')) continue;
          if (removeMessage(queue, ReceiptHandle) && message !== undefined) oracle.requestDeleted(message);
        }
        return {};
      });
    }
    oracle.broken('I12 limits', 'the function uses a command that the simulation lacks', caller.name);
    return Promise.reject(new RangeError('unknown command'));
  }

  // The functions use no other method of the client.
  return { send } as unknown as SQSClient;
}

/** False if the caller no longer holds the message: it was received again, or the queue gave it up. */
export function removeMessage(queue: Queue, receiptHandle: string): boolean {
  const before = queue.counts().inFlight;
  try {
    queue.delete(receiptHandle);
  } catch (error) {
    if (error instanceof SqsError && error.code === 'ReceiptHandleIsInvalid') throw error;
    // The message became visible again meanwhile, so a FIFO queue refuses the old handle.
  }
  return queue.counts().inFlight < before;
}

export function receivedBody(body: string, build: number): string {
  return build > 1 && isNewerBody(body) ? asOwnBody(body) : body;
}

function sendBatch(
  entries: readonly SendMessageBatchRequestEntry[],
  queue: Queue,
  { build }: Environment,
  { faults, oracle, random, secondBuild }: Services,
) {
  const offer = (messages: readonly SqsMessage[]) => {
    try {
      return queue.sendBatch(messages);
    } catch (error) {
      oracle.broken('I12 limits', `SQS refused a batch: ${String(error)}`, queue.settings.name);
      throw error;
    }
  };
  const passed = entries.filter(() => !faults.strikes('sendEntryRefused'));
  const unaccounted = new Set(passed.filter(() => faults.strikes('sendEntryUnaccounted')));
  const taken = passed.filter((entry) => !unaccounted.has(entry) || random() < 0.5);
  const Failed = entries
    .filter((entry) => !passed.includes(entry))
    .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
  if (Failed.length > 0 && passed.length > 0) oracle.count('partialSend');
  const Successful: { Id: string | undefined; MessageId: string }[] = [];
  const results =
    taken.length === 0
      ? []
      : offer(taken.map((entry) => asSentBy(secondBuild === 'newer formats' ? build : 1, toMessage(entry))));
  results.forEach((result, index) => {
    const entry = taken[index];
    if (entry === undefined) return;
    if (result instanceof SqsError) {
      oracle.broken('I12 limits', `SQS refused an entry: ${result.message}`, entry.MessageBody ?? '');
      Failed.push({ Id: entry.Id, Code: result.code, SenderFault: true });
    } else if (!(result instanceof Error) && !unaccounted.has(entry)) {
      Successful.push({ Id: entry.Id, MessageId: result.messageId });
    }
  });
  return { Successful, Failed };
}

function asSentBy(build: number, message: SqsMessage): SqsMessage {
  return build > 1 ? { ...message, body: asNewerBody(message.body) } : message;
}
