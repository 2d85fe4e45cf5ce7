/**
 * The protocol between the AWS SDK and SQS: AWS JSON 1.0, one POST for each action. This file does no
 * networking: the small server and the local run's gateway pass their requests in.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
import { errorKind, SqsError } from '../../../model/queue/sqs-error.ts';
import type { Queue, World } from '../../../model/queue/types.ts';
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
  receiveMessage,
  sendMessage,
  sendMessageBatch,
} from './message-actions.ts';
import { createMoveTasks } from './move-tasks.ts';
import {
  findQueue,
  getQueueAttributes,
  getQueueUrl,
  listQueues,
  noSuchQueue,
  type Queues,
} from './queue-actions.ts';
import { type Fields, fieldsOf, text } from './request-fields.ts';

export interface SqsRequest {
  /** The header X-Amz-Target: AmazonSQS.SendMessage. */
  readonly target: string;
  /** The body, parsed. */
  readonly body: unknown;
  /** Aborted when the caller has disconnected; a long poll then receives nothing. */
  readonly signal?: AbortSignal;
}

export interface SqsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

type QueueAction = (queue: Queue, fields: Fields, signal?: AbortSignal) => object | Promise<object>;
type ServiceAction = (queues: Queues, fields: Fields) => object;

const queueActions = new Map<string, QueueAction>([
  ['SendMessage', sendMessage],
  ['SendMessageBatch', sendMessageBatch],
  ['ReceiveMessage', receiveMessage],
  ['DeleteMessage', deleteMessage],
  ['DeleteMessageBatch', deleteMessageBatch],
  ['ChangeMessageVisibility', changeMessageVisibility],
  ['ChangeMessageVisibilityBatch', changeMessageVisibilityBatch],
  ['GetQueueAttributes', getQueueAttributes],
  ['PurgeQueue', purgeQueue],
]);

/** Queues may be added later; the queue of a given name must stay the same. */
export function createProtocol(
  queues: Queues,
  { clock }: Pick<World, 'clock'>,
): (request: SqsRequest) => Promise<SqsAnswer> {
  const moveTasks = createMoveTasks(clock.now);
  const serviceActions = new Map<string, ServiceAction>([
    ['GetQueueUrl', getQueueUrl],
    ['ListQueues', listQueues],
    ['StartMessageMoveTask', moveTasks.start],
    ['ListMessageMoveTasks', moveTasks.list],
  ]);

  async function act({ target, body, signal }: SqsRequest): Promise<object> {
    const name = target.replace(/^AmazonSQS\./, '');
    const fields = fieldsOf(body, 'the request');
    const serviceAction = serviceActions.get(name);
    if (serviceAction !== undefined) return serviceAction(queues, fields);
    const queueAction = queueActions.get(name);
    if (queueAction === undefined) {
      throw new SqsError('UnknownOperationException', `The local SQS does not know the action ${name}.`);
    }
    const queue = findQueue(queues, text(fields, 'QueueUrl'));
    if (queue === undefined) throw noSuchQueue();
    return queueAction(queue, fields, signal);
  }

  return async (request) => {
    try {
      return { status: 200, headers: CONTENT_TYPE, body: await act(request) };
    } catch (error) {
      if (error instanceof SqsError) return refusal(error);
      throw error;
    }
  };
}

const CONTENT_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

function purgeQueue(queue: Queue): object {
  queue.purge();
  return {};
}

/** The SDK reads an error's name from the header if present, else from `__type`. */
function refusal({ code, message }: SqsError): SqsAnswer {
  const { status, queryCode } = errorKind(code);
  return {
    status,
    headers: { ...CONTENT_TYPE, 'x-amzn-query-error': `${queryCode};Sender` },
    body: { __type: `com.amazonaws.sqs#${code}`, message },
  };
}
