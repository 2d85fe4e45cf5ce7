/**
 * The AWS SDK's clients as the functions use them, over the simulated network: the functions' own adapters
 * (functions/aws/) run as they are.
 *
 * A second build writes format 2 of messages and items and understands both; the first must give back what it
 * does not know. The translation happens here, on the wire.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  ChangeMessageVisibilityCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandInput,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Item } from '../functions/aws/dynamo-items.ts';
import { SqsError } from '../local/sqs/errors.ts';
import type { Queue, SqsMessage } from '../local/sqs/types.ts';
import type { Environment } from './environment.ts';
import type { Faults } from './faults.ts';
import type { Landing, Network } from './network.ts';
import type { Oracle } from './oracle.ts';
import { cancelled, type Table } from './table.ts';

export interface Services {
  readonly network: Network;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly table: Table;
  /** By their URL. */
  readonly queues: ReadonlyMap<string, Queue>;
}

export function dynamoClient(caller: Environment, services: Services): DynamoDBClient {
  const call = <T>(apply: (landing: Landing) => T): Promise<T> =>
    services.network.call(caller, 'dynamo', (landing) => {
      try {
        return apply(landing);
      } catch (error) {
        throw refused(error, landing, services.oracle);
      }
    });
  // The functions use nothing else of the client.
  return { send: (command: unknown) => land(command, call, services) } as unknown as DynamoDBClient;
}

type Call = <T>(apply: (landing: Landing) => T) => Promise<T>;

function land(command: unknown, call: Call, { table, oracle, faults }: Services): Promise<unknown> {
  if (command instanceof GetItemCommand) {
    return call((landing) => {
      oracle.loaded(landing, command.input.Key?.['pk']?.S ?? '');
      return { Item: received(table.get(command.input), landing.caller, oracle) };
    });
  }
  if (command instanceof QueryCommand) {
    return call((landing) => {
      oracle.queried(landing, command.input.ExpressionAttributeValues?.[':key']?.S ?? '');
      const { items, lastKey } = table.query(command.input);
      return { Items: items, LastEvaluatedKey: lastKey };
    });
  }
  if (command instanceof PutItemCommand) {
    return call((landing) => {
      const { input } = command;
      if (input.ConditionExpression !== undefined && faults.strikes('transactionConflict')) {
        oracle.disturbed(landing.invocation);
        throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
      }
      oracle.written(landing, [table.put({ ...input, Item: sent(input.Item, landing) })]);
      return {};
    });
  }
  if (command instanceof TransactWriteItemsCommand) {
    return call((landing) => {
      const { TransactItems = [] } = command.input;
      if (faults.strikes('transactionConflict')) {
        oracle.disturbed(landing.invocation);
        throw cancelled(TransactItems.map(() => ({ Code: 'TransactionConflict' })));
      }
      const writes = TransactItems.map((action) =>
        action.Put === undefined ? action : { Put: { ...action.Put, Item: sent(action.Put.Item, landing) } },
      );
      oracle.written(landing, table.transact({ TransactItems: writes }));
      return {};
    });
  }
  throw new RangeError(`the simulation has no such command: ${String(command)}`);
}

/** Notes why DynamoDB refused, and hands over the current item as the caller's build reads it. */
function refused(error: unknown, landing: Landing, oracle: Oracle): unknown {
  if (error instanceof ConditionalCheckFailedException) {
    if (error.Item !== undefined) {
      oracle.conflicted(landing, error.Item);
      error.Item = received(error.Item, landing.caller, oracle);
    }
  } else if (error instanceof TransactionCanceledException) {
    for (const reason of error.CancellationReasons ?? []) {
      if (reason.Item === undefined) continue;
      oracle.conflicted(landing, reason.Item);
      reason.Item = received(reason.Item, landing.caller, oracle);
    }
  } else if (!(error instanceof DynamoDBServiceException)) {
    oracle.broken('I12 limits', `DynamoDB refused: ${String(error)}`, landing.invocation);
  }
  return error;
}

function sent(item: Item | undefined, { caller }: Landing): Item {
  if (item === undefined) return {};
  return caller.build > 1 && item['format'] !== undefined ? { ...item, format: { N: '2' } } : item;
}

/** Also for images of the stream. */
export function received<T extends Item | undefined>(item: T, caller: Environment, oracle: Oracle): T {
  if (item?.['format']?.N !== '2') return item;
  if (caller.build > 1) return { ...item, format: { N: '1' } };
  oracle.count('newerItemRefused');
  return item;
}

export function receivedBody(body: string, build: number): string {
  return build > 1 ? body.replace(/^\{"v":2,/, '{"v":1,') : body;
}

export function sqsClient(caller: Environment, services: Services): SQSClient {
  const { network, oracle, queues } = services;
  const queueOf = (url: string | undefined): Queue => {
    const queue = queues.get(url ?? '');
    if (queue === undefined) throw new RangeError(`no queue ${url}`);
    return queue;
  };

  function send(command: unknown): Promise<unknown> {
    if (command instanceof SendMessageBatchCommand) {
      const { input } = command;
      return network.call(caller, 'sqs', () => takeBatch(input, queueOf(input.QueueUrl), caller, services));
    }
    if (command instanceof ChangeMessageVisibilityCommand) {
      const { QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 } = command.input;
      return network.call(caller, 'sqs', () => {
        queueOf(QueueUrl).changeVisibility(ReceiptHandle, VisibilityTimeout * 1000);
        return {};
      });
    }
    oracle.broken('I12 limits', `the simulation has no such command: ${String(command)}`, caller.name);
    return Promise.reject(new RangeError('unknown command'));
  }

  return { send } as unknown as SQSClient;
}

function takeBatch(
  { Entries = [] }: SendMessageBatchCommandInput,
  queue: Queue,
  { build }: Environment,
  { faults, oracle }: Services,
) {
  const passed = Entries.filter(() => !faults.strikes('sendEntryRefused'));
  const unaccounted = new Set(passed.filter(() => faults.strikes('sendEntryUnaccounted')));
  const Failed = Entries.filter((entry) => !passed.includes(entry)).map(({ Id }) => ({
    Id,
    Code: 'InternalError',
    SenderFault: false,
  }));
  if (Failed.length > 0 && passed.length > 0) oracle.count('partialSend');
  const Successful: { Id: string | undefined; MessageId: string }[] = [];
  const results = passed.length === 0 ? [] : queue.sendBatch(passed.map((entry) => toMessage(entry, build)));
  results.forEach((result, index) => {
    const entry = passed[index];
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

function toMessage(entry: SendMessageBatchRequestEntry, build: number): SqsMessage {
  const { MessageBody = '', MessageAttributes = {}, MessageGroupId, MessageDeduplicationId } = entry;
  const attributes = Object.entries(MessageAttributes).map(([name, value]) => [
    name,
    value.StringValue ?? '',
  ]);
  return {
    body: build > 1 ? MessageBody.replace(/^\{"v":1,/, '{"v":2,') : MessageBody,
    attributes: Object.fromEntries(attributes),
    ...(MessageGroupId === undefined ? {} : { group: MessageGroupId }),
    ...(MessageDeduplicationId === undefined ? {} : { deduplicationId: MessageDeduplicationId }),
  };
}
