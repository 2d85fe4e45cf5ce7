/**
 * A file of requests, one per line. A line is either the body itself or an envelope around it:
 *
 *   {"url": "https://example.com/a.log"}                                    the body
 *   {"id": "a-17", "tenant": "acme", "body": {"url": "..."}}                an envelope; id and tenant are optional
 *
 * An envelope is an object with `body` and no other properties than `id` and `tenant`. A body that looks like an envelope
 * must be put into one. A line without an id gets one from the content of the whole file and the line's number, so the same
 * file makes the same requests when it is submitted again.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { PermanentError, reasonOf } from '../functions/errors.ts';
import { encodeJson, isRecord, parseJson } from '../functions/json.ts';
import type { Numbers } from '../functions/json-text.ts';
import { SQS_BATCH_BYTES_MAX } from '../functions/limits.ts';
import { checkRequestId, checkTenant } from '../functions/outgoing-request.ts';
import type { OutgoingMessage } from '../functions/ports.ts';
import { REQUEST_ATTRIBUTES, REQUEST_ID_LENGTH_MAX } from '../functions/requests.ts';
import { type Line, linesOf } from './lines.ts';
import { OperatorError } from './operator-error.ts';

export interface RequestFile {
  readonly file: string;
  /** SHA-256 of the file's bytes. */
  readonly content: string;
  readonly requests: number;
  /** How numbers are parsed: the `numbers` option of the pipeline that the requests are for. */
  readonly numbers: Numbers;
}

export interface FileRequest {
  readonly line: number;
  readonly id: string;
  readonly message: OutgoingMessage;
}

/** Reads the whole file and checks every line, so that nothing of a broken file is sent. requestsOf reads it again. */
export async function checkRequests(file: string, numbers: Numbers = 'exact'): Promise<RequestFile> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFIFO() || found?.isSocket()) {
    throw new OperatorError(
      `${file} is a pipe: it gives its lines once, and requests are checked before; name a file`,
    );
  }
  const hash = createHash('sha256');
  const ids = new Map<string, number>();
  let requests = 0;
  for await (const line of linesOf(file, (bytes) => hash.update(bytes))) {
    const { id } = parseLine(file, line, numbers);
    requests += 1;
    if (id === undefined) continue;
    const first = ids.get(id);
    if (first !== undefined) {
      throw new OperatorError(
        `${file}, line ${line.number}: it has the id of line ${first}, ${JSON.stringify(id)}; two requests of one id ` +
          'are one request, and the second would be dropped',
      );
    }
    ids.set(id, line.number);
  }
  return { file, content: hash.digest('hex'), requests, numbers };
}

export async function* requestsOf({ file, content, numbers }: RequestFile): AsyncGenerator<FileRequest> {
  for await (const line of linesOf(file)) {
    const { id = `${content.slice(0, 32)}:${line.number}`, body, tenant } = parseLine(file, line, numbers);
    const attributes = { [REQUEST_ATTRIBUTES.id]: id };
    // On a standard queue the group makes the queue fair among tenants. It does not order messages.
    const group = tenant === undefined ? {} : { group: tenant };
    yield { line: line.number, id, message: { body, attributes, ...group } };
  }
}

interface ParsedLine {
  readonly id: string | undefined;
  readonly tenant: string | undefined;
  readonly body: string;
}

function parseLine(file: string, { number, text }: Line, numbers: Numbers): ParsedLine {
  try {
    const value = parseJson(text, 'the line', numbers);
    const { id, tenant, body } = isEnvelope(value) ? value : { body: value };
    const parsed = {
      id: id === undefined ? undefined : checkRequestId(id),
      tenant: tenant === undefined ? undefined : checkTenant(tenant),
      body: encodeJson(body, 'the body'),
    };
    // More than the size of the attribute and its name.
    const bytes = Buffer.byteLength(parsed.body) + 3 * REQUEST_ID_LENGTH_MAX + 64;
    if (bytes > SQS_BATCH_BYTES_MAX) {
      throw new PermanentError(
        'the request is larger than SQS takes (1 MiB); let it name the place of its data',
      );
    }
    return parsed;
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    throw new OperatorError(`${file}, line ${number}: ${reasonOf(error)}`);
  }
}

function isEnvelope(value: unknown): value is { id?: unknown; tenant?: unknown; body: unknown } {
  return (
    isRecord(value) &&
    Object.hasOwn(value, 'body') &&
    Object.keys(value).every((name) => ['id', 'tenant', 'body'].includes(name))
  );
}
