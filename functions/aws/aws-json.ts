/**
 * The protocol of SQS and DynamoDB: requests and answers are JSON, and a header names the operation.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 *
 * The SDK's own codec needs schemas, which take 50 KB of a bundle. Besides plain JSON, Weir's calls have only binary
 * attributes.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { HttpResponse, MetadataBearer } from '@smithy/types';
import { isRecord } from '../json.ts';
import { binaryAsText } from './attributes.ts';

export interface Wire {
  readonly target: string;
  /** Headers of every call to the service. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether values may contain bytes, which the protocol sends as base64 text. */
  readonly binary: boolean;
  /** Errors with their own class, by name, and the class of all others. */
  readonly errors: Readonly<Record<string, new (given: ErrorGiven) => Error>>;
  readonly otherError: new (given: ErrorGiven) => Error;
}

export interface ErrorGiven {
  readonly name: string;
  readonly message: string;
  readonly $fault: 'client' | 'server';
  readonly $metadata: MetadataBearer['$metadata'];
}

export function encodeInput(operation: string, input: object, { binary }: Wire): string {
  // As in the SDK, a token makes a transaction that is retried after a lost answer the same transaction.
  const given = operation === 'TransactWriteItems' ? { ClientRequestToken: randomUUID(), ...input } : input;
  return binary ? JSON.stringify(given, binaryAsText) : JSON.stringify(given);
}

/** Throws the service's errors, as the SDK does. */
export async function decodeAnswer(response: HttpResponse, wire: Wire): Promise<MetadataBearer> {
  const text = await textOf(response.body);
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  const $metadata = metadataOf(response);
  if (response.statusCode >= 300) throw errorOf(response, isRecord(answer) ? answer : {}, wire);
  if (wire.binary) textAsBinary(answer);
  return { ...(isRecord(answer) ? answer : {}), $metadata };
}

function metadataOf({ statusCode: httpStatusCode, headers }: HttpResponse): MetadataBearer['$metadata'] {
  return {
    httpStatusCode,
    requestId: headers['x-amzn-requestid'] ?? headers['x-amz-request-id'],
    extendedRequestId: headers['x-amz-id-2'],
    cfId: headers['x-amz-cf-id'],
  };
}

function errorOf(response: HttpResponse, answer: Record<string, unknown>, wire: Wire): Error {
  if (wire.binary) textAsBinary(answer);
  const name = errorName(response, answer);
  const { message: said, Message: alsoSaid, ...more } = answer;
  const message = String(said ?? alsoSaid ?? 'UnknownError');
  const $fault = response.statusCode < 500 ? 'client' : 'server';
  const Class = wire.errors[name] ?? wire.otherError;
  const error = new Class({ name, message, $fault, $metadata: metadataOf(response) });
  for (const [field, value] of Object.entries(more)) {
    if (Reflect.get(error, field) === undefined) Reflect.set(error, field, value);
  }
  return error;
}

/** SQS has two names for an error and sends the older one in a header. For SQS's own errors the SDK uses the newer one. */
function errorName({ headers }: HttpResponse, { __type, code, Code }: Record<string, unknown>): string {
  const type = typeof __type === 'string' ? __type : undefined;
  if (type?.startsWith('com.amazonaws.sqs#')) return shortName(type);
  const older = headers['x-amzn-query-error']?.split(';')[0];
  const name = older ?? type ?? code ?? Code ?? headers['x-amzn-errortype'];
  return typeof name === 'string' ? shortName(name) : 'Unknown';
}

/** The name in a text such as `com.amazonaws.dynamodb.v20120810#ThrottlingException:http://...`. */
function shortName(text: string): string {
  const [name = ''] = text.split(/[,:]/, 1);
  return name.slice(name.indexOf('#') + 1);
}

function textOf(body: unknown): Promise<string> {
  if (!(body instanceof Readable)) return Promise.resolve(typeof body === 'string' ? body : '');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    body.on('data', (chunk: Buffer) => chunks.push(chunk));
    body.once('end', () => resolve(Buffer.concat(chunks).toString()));
    // If the connection breaks during the answer, the SDK retries the call.
    body.once('error', reject);
    body.once('close', () => reject(Object.assign(new Error('aborted'), { code: 'ECONNRESET' })));
  });
}

/** Decodes attributes such as `{"B": "base64"}`. No other part of an answer has a string with the name `B`. */
function textAsBinary(value: unknown): void {
  if (Array.isArray(value)) {
    for (const each of value) textAsBinary(each);
  } else if (isRecord(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'B' && typeof inner === 'string') value[name] = bytesOf(inner);
      else if (name === 'BS' && isTexts(inner)) value[name] = inner.map(bytesOf);
      else if (typeof inner === 'object') textAsBinary(inner);
    }
  }
}

function bytesOf(text: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'base64');
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
