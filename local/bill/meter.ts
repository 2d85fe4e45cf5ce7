/**
 * What AWS bills for a call, from the bytes of the call and of its answer.
 *
 * SQS bills every 64 KB of payload as a request; a batch is one payload. DynamoDB's own account of units is asked
 * for and read from the answer; where there is none, because a condition failed, the units follow from the item:
 * a failed write is billed as a write of the item that is there, or of the new one if that is larger.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
import { isRecord } from '../../functions/json.ts';
import type { Calls } from '../gateway/call-counts.ts';
import type { Billed } from './prices.ts';

const SQS_CHUNK_BYTES = 64 * 1024;
const WRITE_UNIT_BYTES = 1024;

/** `fair`: some of the messages carry a group id, for which a standard queue has a surcharge. */
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

/** What a call to a queue is billed as; deletes do not say which message had a group id. */
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

/** `answered` is the body of the answer, which the call's own reader never misses anything in. */
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

/** What the messages of a call or an answer come to: counted only where that can make a difference. */
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
    // Names and types of attributes count as their values do.
    if (message['MessageAttributes'] !== undefined)
      bytes += JSON.stringify(message['MessageAttributes']).length;
  }
  return bytes;
}

/** The same call, asking for the units too. The body is a JSON object, so the field is put at its beginning. */
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

/** A queue is FIFO if its name, the end of its URL, says so. */
function isFifo(body: Buffer): boolean {
  return body.includes('.fifo"');
}

function isRead(operation: string): boolean {
  return /^(Get|BatchGet|TransactGet|Query|Scan)/.test(operation);
}

/** An answer's last part: `"ConsumedCapacity":{"TableName":"...","CapacityUnits":2}`, or a list of such. */
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
    return 0; // Refused before anything was looked at: throttled, invalid.
  }
  // JSON writes an item a little larger than DynamoDB counts it: this errs on the dear side.
  const bytes = operation.startsWith('Transact')
    ? body.length
    : Math.max(body.length, Buffer.byteLength(answered));
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) * (operation.startsWith('Transact') ? 2 : 1);
}
