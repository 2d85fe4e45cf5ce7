/**
 * What AWS bills for a call, computed from the bytes of the call and of its answer.
 *
 * SQS bills each 64 KB of payload as one request; a batch is one payload. DynamoDB reports the units it
 * consumed if the call asks for them. It does not report them when a condition failed; then the units follow
 * from the size of the item: a failed write is billed as a write of the existing item, or of the new one if
 * that is larger. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
import { isRecord } from '../../functions/json.ts';
import type { Calls } from '../gateway/call-counts.ts';
import type { Billed } from './prices.ts';

const SQS_CHUNK_BYTES = 64 * 1024;
const WRITE_UNIT_BYTES = 1024;

/** `fair`: some of the messages carry a group id. A standard queue charges extra for them. */
export function meterSqs(
  calls: Calls,
  queue: 'fifo' | 'standard' | 'fair',
  operation: string,
  payloadBytes: number,
): void {
  const requests = Math.max(1, Math.ceil(payloadBytes / SQS_CHUNK_BYTES));
  calls.use(queue === 'fifo' ? 'sqs.fifo' : 'sqs.standard', operation, requests);
  if (queue === 'fair') calls.use('sqs.fair', operation, requests);
}

/** The price category of a call to a queue. Deletes do not say which messages had a group id. */
export function queueKind(fifo: boolean, grouped: boolean): 'fifo' | 'standard' | 'fair' {
  if (fifo) return 'fifo';
  return grouped ? 'fair' : 'standard';
}

export function meterInvocation(calls: Calls, functionId: string, billedMs: number, memoryMb: number): void {
  calls.use('lambda.requests', functionId, 1);
  calls.use('lambda.gbSeconds', functionId, (billedMs / 1000) * (memoryMb / 1024));
}

export interface MeteredCall {
  readonly service: 'SQS' | 'DynamoDB';
  readonly operation: string;
  readonly body: Buffer;
}

/** `answered` is the body of the answer. */
export function meterCall(calls: Calls, call: MeteredCall, status: number, answered: string | Buffer): void {
  const { service, operation, body } = call;
  if (service === 'SQS') {
    const payload = operation === 'ReceiveMessage' ? answered : body;
    meterSqs(
      calls,
      queueKind(isFifo(body), payload.includes('"MessageGroupId"')),
      operation,
      payloadBytes(payload),
    );
    return;
  }
  if (status >= 500) return;
  const item: Billed = isRead(operation) ? 'dynamodb.readUnits' : 'dynamodb.writeUnits';
  calls.use(item, operation, unitsIn(answered) ?? unitsOfFailure(operation, status, body, answered));
}

/** Bytes of the messages in a call or an answer. Counted only if the JSON is larger than one chunk. */
function payloadBytes(json: string | Buffer): number {
  if (json.length <= SQS_CHUNK_BYTES) return json.length;
  const value: unknown = JSON.parse(json.toString());
  if (!isRecord(value)) return json.length;
  const messages = value['Entries'] ?? value['Messages'] ?? [value];
  if (!Array.isArray(messages)) return json.length;
  let bytes = 0;
  for (const message of messages) {
    if (!isRecord(message)) continue;
    bytes += Buffer.byteLength(String(message['MessageBody'] ?? message['Body'] ?? ''));
    // Names and types of attributes count towards the size, like their values.
    if (message['MessageAttributes'] !== undefined)
      bytes += JSON.stringify(message['MessageAttributes']).length;
  }
  return bytes;
}

/** The same call with ReturnConsumedCapacity added at the beginning of its JSON body. */
export function askForUnits({ service, body }: MeteredCall): Buffer {
  if (
    service === 'SQS' ||
    body.length < 3 ||
    body[0] !== OPENING ||
    body.includes('"ReturnConsumedCapacity"')
  ) {
    return body;
  }
  return Buffer.concat([ASKING, body.subarray(1)]);
}

const OPENING = '{'.charCodeAt(0);
const ASKING = Buffer.from('{"ReturnConsumedCapacity":"TOTAL",');

/** The URL of a FIFO queue ends in `.fifo`. */
function isFifo(body: Buffer): boolean {
  return body.includes('.fifo"');
}

function isRead(operation: string): boolean {
  return /^(Get|BatchGet|TransactGet|Query|Scan)/.test(operation);
}

/**
 * Reads the last part of an answer: `"ConsumedCapacity":{"TableName":"...","CapacityUnits":2}`, or a list of
 * these.
 */
function unitsIn(answered: string | Buffer): number | undefined {
  const at = answered.lastIndexOf('"ConsumedCapacity"');
  if (at < 0) return undefined;
  const account = answered.slice(at).toString();
  let units = 0;
  for (const [, number] of account.matchAll(/"CapacityUnits"\s*:\s*([\d.]+)/g)) units += Number(number);
  return units;
}

function unitsOfFailure(operation: string, status: number, body: Buffer, answered: string | Buffer): number {
  if (
    status === 200 ||
    !/ConditionalCheckFailed|TransactionCanceled/.test(answered.slice(0, 2000).toString())
  ) {
    return 0; // Refused before the item was read: throttled or invalid.
  }
  // An item is slightly larger in JSON than in DynamoDB's count, so this may charge a little too much.
  const bytes = operation.startsWith('Transact')
    ? body.length
    : Math.max(body.length, Buffer.byteLength(answered));
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) * (operation.startsWith('Transact') ? 2 : 1);
}
