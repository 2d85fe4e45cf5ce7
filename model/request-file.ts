/**
 * A file of requests, one a line. A line is either the body itself or an envelope around it:
 *
 *   {"url": "https://example.com/a.log"}                                    the body
 *   {"id": "a-17", "tenant": "acme", "body": {"url": "..."}}                an envelope; id and tenant may be left out
 *
 * An envelope is an object with `body` and nothing else but `id` and `tenant`; a body that looks like one has to be put
 * into an envelope. A line without an id gets one that follows from what the whole file holds and the line's number, so
 * the same file submitted again makes the same requests.
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
  /** SHA-256 of all its bytes. */
  readonly content: string;
  readonly requests: number;
  /** What its numbers have to be, as of the pipeline that the requests are for. */
  readonly numbers: Numbers;
}

export interface FileRequest {
  readonly line: number;
  readonly id: string;
  readonly message: OutgoingMessage;
}

/** Reads the whole file and checks every line, so that nothing of a broken file is sent. Read it is a second time then. */
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
    // On a standard queue the group makes the queue fair among tenants; it orders nothing.
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
    // What the attribute and its name take, and then some.
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
