/**
 * The DynamoDB client of the state store, over the simulated network: functions/aws/dynamo-state-store.ts
 * runs unchanged.
 *
 * A second build may write formats that the first build must give back because it does not know them, or add
 * an attribute that the first must keep (newer-format.ts).
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../functions/aws/dynamo-items.ts';
import type { Oracle } from '../oracle/oracle.ts';
import type { Landing } from './network.ts';
import { asNewerItem, asOwnItem, isNewerItem, withAdded, withoutAdded } from './newer-format.ts';
import type { Services } from './services.ts';
import type { Environment } from './simulated-environment.ts';
import { cancelled } from './table.ts';

export function dynamoClient(caller: Environment, services: Services): DynamoDBClient {
  const call = <T>(apply: (landing: Landing) => T): Promise<T> =>
    services.network.call(caller, 'dynamo', (landing) => {
      try {
        return apply(landing);
      } catch (error) {
        throw refused(error, landing, services.oracle);
      }
    });
  // The functions use no other method of the client.
  return { send: (command: unknown) => land(command, call, services) } as unknown as DynamoDBClient;
}

type Call = <T>(apply: (landing: Landing) => T) => Promise<T>;

function land(command: unknown, call: Call, services: Services): Promise<unknown> {
  const { table, oracle, faults } = services;
  if (command instanceof GetItemCommand) {
    return call((landing) => {
      if (command.input.Key?.['sk']?.S === 'state') oracle.loaded(landing, command.input.Key['pk']?.S ?? '');
      return { Item: received(table.get(command.input), landing.caller, oracle) };
    });
  }
  if (command instanceof QueryCommand) {
    return call((landing) => {
      const values = command.input.ExpressionAttributeValues;
      oracle.queried(landing, values?.[':key']?.S ?? '', values?.[':first']?.S ?? '');
      const { items, lastKey } = table.query(command.input);
      return { Items: items, LastEvaluatedKey: lastKey };
    });
  }
  if (command instanceof PutItemCommand) {
    return call((landing) => {
      const { input } = command;
      // Pages are not written in a transaction.
      if (input.Item?.['sk']?.S === 'state' && faults.strikes('transactionConflict')) {
        oracle.disturbed(landing.invocation);
        throw new TransactionConflictException({ message: 'conflict', $metadata: {} });
      }
      oracle.written(landing, [table.put({ ...input, Item: sent(input.Item, landing, services) })]);
      return {};
    });
  }
  if (command instanceof DeleteItemCommand) {
    return call((landing) => {
      const change = table.delete(command.input);
      oracle.written(landing, change.before === undefined ? [] : [change]); // It may already be gone.
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
        action.Put === undefined
          ? action
          : { Put: { ...action.Put, Item: sent(action.Put.Item, landing, services) } },
      );
      oracle.written(landing, table.transact({ TransactItems: writes }));
      return {};
    });
  }
  throw new RangeError(`the simulation has no such command: ${String(command)}`);
}

/** Records why DynamoDB refused, and returns the current item as the caller's build reads it. */
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

function sent(item: Item | undefined, { caller, invocation }: Landing, { secondBuild }: Services): Item {
  if (item === undefined) return {};
  if (caller.build === 1) return item;
  if (secondBuild === 'another state') return item;
  return secondBuild === 'newer formats' ? asNewerItem(item) : withAdded(item, invocation);
}

/** Also used for images of the stream. */
export function received(item: Item, caller: Environment, oracle: Oracle): Item;
export function received(item: Item | undefined, caller: Environment, oracle: Oracle): Item | undefined;
export function received(item: Item | undefined, caller: Environment, oracle: Oracle): Item | undefined {
  if (caller.build > 1) return isNewerItem(item) ? asOwnItem(item) : item && withoutAdded(item);
  if (!isNewerItem(item)) return item;
  oracle.count('newerItemRefused');
  return item;
}
