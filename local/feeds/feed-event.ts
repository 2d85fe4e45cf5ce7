/**
 * The event that Lambda would hand to the function of a feed, built from lines of a file: each line is a
 * record, and its line number is its position. A change of a table is written as the pipeline sees it:
 * `{"event":"INSERT","keys":{...},"new":{...}}`.
 */
import { isRecord, parseJson } from '../../functions/json.ts';
import type { Line } from '../../model/lines.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/stack-spec.ts';

export function feedEvent(kind: string, lines: readonly Line[], now: number): unknown {
  if (kind === 'kafka')
    return { eventSource: 'SelfManagedKafka', records: { 'file-0': lines.map(kafkaRecord) } };
  const record = RECORDS[kind];
  if (record === undefined) throw new Error(`the local run knows no feed of ${kind}`);
  return { Records: lines.map((line) => record(line, now)) };
}

/** The identifier by which the function's answer names the record of this line. */
export function identifierOf(kind: string, { number }: Line): string {
  return kind === 'queue' || kind === 'topic' ? `line-${number}` : String(number);
}

const RECORDS: Readonly<Record<string, (line: Line, now: number) => object>> = {
  queue: queueRecord,
  topic: (line, now) =>
    queueRecord(
      {
        ...line,
        text: JSON.stringify({
          Type: 'Notification',
          MessageId: identifierOf('topic', line),
          TopicArn: arn('sns', 'file'),
          Message: line.text,
          Timestamp: new Date(now).toISOString(),
        }),
      },
      now,
    ),
  kinesis: ({ number, text }, now) => ({
    eventID: `shardId-000000000000:${number}`,
    eventSourceARN: arn('kinesis', 'stream/file'),
    kinesis: { sequenceNumber: String(number), data: base64(text), approximateArrivalTimestamp: now / 1000 },
  }),
  dynamoStream: ({ number, text }, now) => {
    const change = parseJson(text, `line ${number}`, 'rounded');
    if (!isRecord(change))
      throw new Error(`line ${number} is no change of a table: {"event":"INSERT","keys":{},"new":{}}`);
    return {
      eventID: `line-${number}`,
      eventName: String(change['event']),
      eventSourceARN: arn('dynamodb', 'table/file/stream/local'),
      dynamodb: {
        SequenceNumber: String(number),
        ApproximateCreationDateTime: now / 1000,
        ...itemOf('Keys', change['keys']),
        ...itemOf('NewImage', change['new']),
        ...itemOf('OldImage', change['old']),
      },
    };
  },
};

function queueRecord(line: Line, now: number): object {
  return {
    messageId: identifierOf('queue', line),
    body: line.text,
    attributes: { SentTimestamp: String(Math.floor(now)), ApproximateReceiveCount: '1' },
    eventSourceARN: arn('sqs', 'file'),
  };
}

function kafkaRecord({ number, text }: Line): object {
  return { topic: 'file', partition: 0, offset: number, value: base64(text) };
}

function itemOf(name: string, value: unknown): object {
  return isRecord(value) ? { [name]: attributesOf(value) } : {};
}

function attributesOf(value: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, attributeOf(each)]));
}

function attributeOf(value: unknown): object {
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(attributeOf) };
  if (isRecord(value)) return { M: attributesOf(value) };
  if (typeof value === 'number') return { N: String(value) };
  return typeof value === 'boolean' ? { BOOL: value } : { S: String(value) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function arn(service: string, name: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
}
