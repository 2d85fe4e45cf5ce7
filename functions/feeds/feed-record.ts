/** A record of a feed of any kind, and the small functions that the decoders share. */
import { isUtf8 } from 'node:buffer';
import { isRecord } from '../json.ts';

export interface FeedRecord {
  /** The record's name in the answer to Lambda. */
  readonly identifier: string;
  /** The record's unique place in its source, the same on every delivery. It is the request's id if the pipeline finds none. */
  readonly position: string;
  /** When the record entered its source, epoch ms; undefined if there is no reliable time. */
  readonly at: number | undefined;
  /** The tenant, if the message has one. */
  readonly group?: string;
  readonly body: string | Unfit;
}

/** Why a record cannot be a request, with its content: text that SQS accepts, or bytes. */
export interface Unfit {
  readonly problem: string;
  readonly text?: string;
  readonly base64?: string;
}

/** The records of an event. `what` names their source in the error. */
export function recordsOf(event: unknown, what: string): Fields[] {
  const records = isRecord(event) ? event['Records'] : undefined;
  if (!Array.isArray(records)) {
    throw new Error(`the event has no Records: this function is to be invoked by the mapping of ${what}`);
  }
  return records.map((record) => fieldsOf(record, 'a record'));
}

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  if (isRecord(value)) return value;
  throw new Error(`${what} of the event is not an object`);
}

export function textIn(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new Error(`a record of the event has no ${name}`);
}

/** The last part of an ARN, which is the name of a queue, topic or stream. */
export function nameIn(arn: string): string {
  return arn.split(/[:/]/).at(-1) ?? arn;
}

export function textOfBytes(base64: string): string | Unfit {
  const bytes = Buffer.from(base64, 'base64');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  // For example Avro, Protobuf, compressed data, or records that the Kinesis Producer Library aggregated.
  return { problem: 'it is no text in UTF-8', base64 };
}
