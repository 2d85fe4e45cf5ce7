/**
 * SQS and DynamoDB clients on the virtual clock for the unchanged functions: each call takes a time that the
 * profile draws and is carried out halfway through it. No call fails.
 */
import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Random } from '../../functions/ports.ts';
import type { Queue } from '../../model/queue/types.ts';
import type { VirtualClock } from '../../model/virtual-clock.ts';
import { type Distribution, draw } from '../../plan/distribution.ts';
import type { Profile } from '../../plan/profile.ts';
import { toMessage, toSdkMessage } from '../../simulate/world/sdk-messages.ts';
import type { Environment } from '../../simulate/world/simulated-environment.ts';
import type { Table } from '../../simulate/world/table.ts';

export interface Services {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly profile: Profile;
  readonly table: Table;
  /** By URL. */
  readonly queues: ReadonlyMap<string, Queue>;
  /** Number of calls so far, by operation. */
  readonly calls: Map<string, number>;
}

type Call = <Answer>(operation: string, takes: Distribution, apply: () => Answer) => Promise<Answer>;

function callsOf(caller: Environment, { clock, random, calls }: Services): Call {
  return async (operation, takes, apply) => {
    await caller.idle();
    calls.set(operation, (calls.get(operation) ?? 0) + 1);
    const halfMs = draw(takes, random) / 2;
    await clock.sleep(halfMs);
    const answer = apply();
    await caller.enter(clock.sleep(halfMs));
    return answer;
  };
}

export function dynamoClient(caller: Environment, services: Services): DynamoDBClient {
  const { table, profile } = services;
  const call = callsOf(caller, services);
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof GetItemCommand)
      return call('GetItem', profile.load, () => ({ Item: table.get(command.input) }));
    if (command instanceof QueryCommand)
      return call('Query', profile.load, () => {
        const { items, lastKey } = table.query(command.input);
        return { Items: items, LastEvaluatedKey: lastKey };
      });
    if (command instanceof PutItemCommand)
      return call(
        'PutItem',
        profile.put,
        done(() => table.put(command.input)),
      );
    if (command instanceof DeleteItemCommand)
      return call(
        'DeleteItem',
        profile.put,
        done(() => table.delete(command.input)),
      );
    if (command instanceof TransactWriteItemsCommand)
      return call(
        'TransactWriteItems',
        profile.put,
        done(() => table.transact(command.input)),
      );
    throw new RangeError(`no such command here: ${String(command)}`);
  };
  // The functions use no other method of the client.
  return { send } as unknown as DynamoDBClient;
}

/** The answers of these calls are not used. */
function done(carryOut: () => unknown): () => object {
  return () => {
    carryOut();
    return {};
  };
}

export function sqsClient(caller: Environment, services: Services): SQSClient {
  const { profile } = services;
  const call = callsOf(caller, services);
  const send = async (command: unknown): Promise<unknown> => {
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      return call('SendMessageBatch', profile.send, () => {
        for (const result of queueOf(services, QueueUrl).sendBatch(Entries.map(toMessage))) {
          if (result instanceof Error) throw result;
        }
        return { Successful: Entries.map(({ Id }) => ({ Id })) };
      });
    }
    if (command instanceof ReceiveMessageCommand) {
      const { QueueUrl, MaxNumberOfMessages: max = 1, VisibilityTimeout: seconds } = command.input;
      const hold = seconds === undefined ? {} : { visibilityTimeoutMs: seconds * 1000 };
      return call('ReceiveMessage', profile.receive, () => ({
        Messages: queueOf(services, QueueUrl)
          .receiveNow({ max, ...hold })
          .map(toSdkMessage),
      }));
    }
    if (command instanceof DeleteMessageBatchCommand) {
      const { QueueUrl, Entries = [] } = command.input;
      return call('DeleteMessageBatch', profile.deleteBatch, () => {
        for (const { ReceiptHandle = '' } of Entries) queueOf(services, QueueUrl).delete(ReceiptHandle);
        return {};
      });
    }
    throw new RangeError(`no such command here: ${String(command)}`);
  };
  return { send } as unknown as SQSClient;
}

export function queueOf({ queues }: Pick<Services, 'queues'>, url = ''): Queue {
  const queue = queues.get(url);
  if (queue === undefined) throw new RangeError(`no queue ${url}`);
  return queue;
}
