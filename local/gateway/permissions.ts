/**
 * The permissions that an AWS call needs: actions on resources. Lambda makes its own calls for a mapping with
 * the function's role, so they are included.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
import { PARTITION_KEY } from '../../functions/item-names.ts';
import { isRecord } from '../../functions/json.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/stack-spec.ts';

export interface Permission {
  readonly action: string;
  readonly resource: string;
}

export function permissionsOf(service: string, operation: string, body: Buffer): Permission[] {
  return service === 'SQS' ? queuePermissions(operation, body) : tablePermissions(operation, body);
}

function queuePermissions(operation: string, body: Buffer): Permission[] {
  const action = `sqs:${operation.replace(/Batch$/, '')}`;
  const name = textFieldsOf(body, 'QueueUrl').map((url) => url.slice(url.lastIndexOf('/') + 1))[0];
  return [{ action, resource: `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name ?? '*'}` }];
}

/** A transaction has no action of its own; it needs those of its operations. */
const TRANSACTED: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
  Get: 'GetItem',
};

function tablePermissions(operation: string, body: Buffer): Permission[] {
  if (operation.startsWith('Transact')) return transactionPermissions(body);
  if (operation.startsWith('Batch')) {
    const tables = fieldOf(JSON.parse(body.toString()), 'RequestItems');
    return Object.keys(isRecord(tables) ? tables : {}).map((table) => ({
      action: `dynamodb:${operation}`,
      resource: tableArn(table),
    }));
  }
  const [table = '*'] = textFieldsOf(body, 'TableName');
  return [{ action: `dynamodb:${operation}`, resource: tableArn(table) }];
}

function transactionPermissions(body: Buffer): Permission[] {
  const items = fieldOf(JSON.parse(body.toString()), 'TransactItems');
  return (Array.isArray(items) ? items : []).flatMap((item: unknown) =>
    Object.entries(isRecord(item) ? item : {}).map(([kind, operation]) => ({
      action: `dynamodb:${TRANSACTED[kind] ?? kind}`,
      resource: tableArn(String(fieldOf(operation, 'TableName'))),
    })),
  );
}

/** The partition key of the one item that a call names: what `dynamodb:LeadingKeys` holds. */
export function partitionOf(body: Buffer): string | undefined {
  const call: unknown = JSON.parse(body.toString());
  const key = fieldOf(fieldOf(call, 'Item') ?? fieldOf(call, 'Key'), PARTITION_KEY);
  const text = fieldOf(key, 'S');
  return typeof text === 'string' ? text : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

function tableArn(name: string): string {
  return name.startsWith('arn:') ? name : `arn:aws:dynamodb:${LOCAL_REGION}:${LOCAL_ACCOUNT}:table/${name}`;
}

/**
 * The string values of a field, found without parsing the body: a call may carry 256 KB, and every call
 * passes here. A quote inside a JSON string is escaped, so `"name":"` can only be a field of that name.
 */
function textFieldsOf(body: Buffer, name: string): string[] {
  const found: string[] = [];
  const quoted = `"${name}"`;
  for (let at = body.indexOf(quoted); at >= 0; at = body.indexOf(quoted, at + 1)) {
    const match = /^\s*:\s*("(?:[^"\\]|\\.)*")/.exec(body.toString('latin1', at + quoted.length, at + 2500));
    if (match?.[1] !== undefined) found.push(String(JSON.parse(match[1])));
  }
  return found;
}
