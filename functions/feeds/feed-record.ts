/** A record of a feed of any kind, and the small functions that the decoders share. */
import { isUtf8 } from 'node:buffer';
import { isRecord } from '../json.ts';

export interface FeedRecord {
  /** What the answer to Lambda calls it. */
  readonly identifier: string;
  /** Where it came from, the same on every delivery and of no other record: its request's id if the pipeline finds none in it. */
  readonly position: string;
  /** When it came into its source, epoch ms; undefined where nobody says it who can be believed. */
  readonly at: number | undefined;
  /** Of a message with a tenant. */
  readonly group?: string;
  readonly body: string | Unfit;
}

/** What can be no request, with what there is of it: text that SQS takes, or its bytes. */
export interface Unfit {
  readonly problem: string;
  readonly text?: string;
  readonly base64?: string;
}

/** The records of an event, of which Lambda says what they have. */
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

/** The last part of an ARN: of a queue, a topic or a stream its name. */
export function nameIn(arn: string): string {
  return arn.split(/[:/]/).at(-1) ?? arn;
}

export function textOfBytes(base64: string): string | Unfit {
  const bytes = Buffer.from(base64, 'base64');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  // Avro, Protobuf, what is compressed, and what the Kinesis Producer Library has packed together.
  return { problem: 'it is no text in UTF-8', base64 };
}
