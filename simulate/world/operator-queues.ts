/** SQS's side of an operator's calls. I9 ack: a letter is removed only when its copy is on its queue. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { Queue, ReceivedMessage } from '../../model/queue/types.ts';
import { parseMessage } from '../oracle/message-facts.ts';
import { requestOfBody } from '../subject/sample-requests.ts';
import { toMessage, toSdkMessage } from './sdk-messages.ts';
import { receivedBody, removeMessage } from './sqs-client.ts';
import type { World } from './world.ts';
import { byUrl } from './world-queues.ts';

/** The fate of an entry in a batch: refused, or missing in the answer and then accepted or not. */
export interface EntryFates {
  readonly refuses: () => boolean;
  readonly forgets: () => boolean;
  readonly takesUnsaid: () => boolean;
}

/** The operator's own build is the newest one. */
const BUILD = 2;

interface Letters {
  /** By receipt handle: the messages that the operator holds, and since when. */
  readonly held: Map<string, { readonly message: ReceivedMessage; readonly at: number }>;
  /** By name: when a queue last accepted that message. */
  readonly taken: Map<string, number>;
}

export function operatorQueues(
  world: World,
  copyOf: (name: string) => string | undefined,
  fates: EntryFates,
): (command: unknown) => unknown {
  const { clock, oracle } = world;
  const queues = byUrl(world.queues);
  const letters: Letters = { held: new Map(), taken: new Map() };

  function queueAt(url: string | undefined): Queue {
    const queue = queues.get(url ?? '');
    if (queue === undefined) throw new RangeError(`no queue ${url}`);
    return queue;
  }

  function remove(queue: Queue, receiptHandle: string): void {
    const letter = letters.held.get(receiptHandle);
    if (letter === undefined || !removeMessage(queue, receiptHandle)) return;
    const name = nameOf(receivedBody(letter.message.body, BUILD));
    const times = [name, copyOf(name) ?? ''].map((each) => letters.taken.get(each) ?? -1);
    if (Math.max(...times) >= letter.at) return;
    oracle.broken('I9 ack', `the dead letter of ${name} was removed before its copy was on its queue`, name);
  }

  return (command) => {
    if (command instanceof ReceiveMessageCommand)
      return receive(command, queueAt(command.input.QueueUrl), letters, clock.now());
    if (command instanceof SendMessageBatchCommand)
      return take(command, queueAt(command.input.QueueUrl), letters, fates, clock.now());
    if (command instanceof DeleteMessageBatchCommand) {
      const queue = queueAt(command.input.QueueUrl);
      for (const { ReceiptHandle = '' } of command.input.Entries ?? []) remove(queue, ReceiptHandle);
      return {};
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) {
      const queue = queueAt(command.input.QueueUrl);
      for (const { ReceiptHandle = '' } of command.input.Entries ?? []) giveBack(queue, ReceiptHandle);
      return {};
    }
    throw new RangeError('the operator uses a command that the simulation lacks');
  };
}

function receive({ input }: ReceiveMessageCommand, queue: Queue, { held }: Letters, at: number) {
  const { MaxNumberOfMessages: max = 1, VisibilityTimeout = 30 } = input;
  const messages = queue.receiveNow({ max, visibilityTimeoutMs: VisibilityTimeout * 1000 });
  for (const message of messages) held.set(message.receiptHandle, { message, at });
  return { Messages: messages.map(asRead) };
}

function take(
  { input: { Entries = [] } }: SendMessageBatchCommand,
  queue: Queue,
  { taken }: Letters,
  { refuses, forgets, takesUnsaid }: EntryFates,
  at: number,
) {
  const refused = Entries.filter(refuses);
  const forgotten = Entries.filter(forgets);
  for (const entry of Entries) {
    if (refused.includes(entry) || (forgotten.includes(entry) && !takesUnsaid())) continue;
    const message = toMessage(entry);
    queue.send(message);
    taken.set(nameOf(message.body), at);
  }
  return {
    Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
    Successful: Entries.filter((entry) => !refused.includes(entry) && !forgotten.includes(entry)),
  };
}

/** A letter and its copy have the same name. */
function nameOf(body: string): string {
  const message = parseMessage(body);
  return message === undefined ? `#${requestOfBody(body)}` : `${message.key} ${message.identity}`;
}

function asRead(message: ReceivedMessage) {
  const sdk = toSdkMessage({ ...message, body: receivedBody(message.body, BUILD) });
  return {
    ...sdk,
    Attributes: { ...sdk.Attributes, ...(message.group && { MessageGroupId: message.group }) },
  };
}

function giveBack(queue: Queue, receiptHandle: string): void {
  try {
    queue.changeVisibility(receiptHandle, 0);
  } catch {
    // It is visible again already.
  }
}
