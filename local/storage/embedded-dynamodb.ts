/**
 * The embedded DynamoDB of the local run: tables of model/table behind DynamoDB's JSON protocol, in this
 * process. It supports only the operations that Weir uses; any other is refused by name. For another engine,
 * see AWS_ENDPOINT_URL_DYNAMODB in dynamodb.ts.
 */

import * as v from 'valibot';
import { defined } from '../../functions/defined.ts';
import { isRecord } from '../../functions/json.ts';
import { TableError } from '../../model/table/table-error.ts';
import type { Answer, Backend } from '../gateway/call.ts';
import { CallError, type JsonCall } from '../gateway/json-call.ts';
import type { Action } from './action.ts';
import { createItemActions } from './item-actions.ts';
import { createTables, type OwnTables } from './own-tables.ts';
import { createStreamActions } from './stream-actions.ts';

export interface EmbeddedDynamoDb {
  readonly backend: Backend;
  readonly call: JsonCall;
  readonly tables: OwnTables;
  close(): void;
}

export function createEmbeddedDynamoDb(nowMs: () => number): EmbeddedDynamoDb {
  const tables = createTables(nowMs);
  const actions = new Map<string, Action>([
    ...Object.entries(tables.actions),
    ...Object.entries(createItemActions(tables)),
    ...Object.entries(createStreamActions(tables)),
  ]);
  const carryOut = (target: string, body: unknown): object => {
    const operation = target.split('.').at(-1) ?? '';
    const action = actions.get(operation);
    if (action === undefined)
      throw new TableError(
        'ValidationException',
        `the embedded DynamoDB does not support ${operation}; name another engine in AWS_ENDPOINT_URL_DYNAMODB`,
      );
    return action(body);
  };
  return {
    tables,
    async backend(target, body) {
      try {
        const request: unknown = JSON.parse(body.toString());
        return answer(200, carryOut(target, request));
      } catch (error) {
        return answer(400, failureOf(error));
      }
    },
    async call(target, body) {
      try {
        // The copy keeps caller and table from sharing objects, as on the wire.
        const copy: unknown = JSON.parse(JSON.stringify(body));
        const result: unknown = carryOut(target, copy);
        return isRecord(result) ? result : {};
      } catch (error) {
        const { __type, message } = failureOf(error);
        throw new CallError(__type.replace(PREFIX, ''), `${target}: ${message}`);
      }
    },
    close: () => tables.close(),
  };
}

function answer(status: number, body: object): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) };
}

interface Failure {
  readonly __type: string;
  readonly message: string;
}

/** Any error other than a refusal is a fault of the engine itself and is rethrown. */
function failureOf(error: unknown): Failure {
  if (v.isValiError(error)) return { __type: `${PREFIX}ValidationException`, message: error.message };
  if (error instanceof SyntaxError) return { __type: `${PREFIX}SerializationException`, message: 'no JSON' };
  if (!(error instanceof TableError)) throw error;
  const { code, message, item, reasons } = error;
  return {
    __type: `${PREFIX}${code}`,
    message,
    ...defined({ Item: item, CancellationReasons: reasons }),
  };
}

const PREFIX = 'com.amazonaws.dynamodb.v20120810#';
