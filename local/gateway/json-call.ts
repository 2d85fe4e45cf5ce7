/** The local run's own calls to an endpoint like AWS's, in the JSON protocol that SQS and DynamoDB share. */
import { reasonOf } from '../../functions/errors.ts';
import { isRecord } from '../../functions/json.ts';

/** `target` is the operation with its service's prefix: DynamoDB_20120810.Scan. */
export type JsonCall = (
  target: string,
  body: unknown,
  signal?: AbortSignal,
) => Promise<Record<string, unknown>>;

export class CallError extends Error {
  /** For example ResourceInUseException. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function createJsonCall(endpoint: string): JsonCall {
  return async (target, body, signal) => {
    const headers = {
      'x-amz-target': target,
      'content-type': 'application/x-amz-json-1.0',
      ...signatureFor(target),
    };
    const request = { method: 'POST', signal: signal ?? null, headers, body: JSON.stringify(body) };
    const response = await persist(endpoint, target, request).catch((error: unknown) => {
      throw signal?.aborted === true ? error : noAnswer(`${target} at ${endpoint}`, error);
    });
    const answer = await answerOf(response, `${target} at ${endpoint}`);
    if (response.ok) return answer;
    const { __type: type = `HTTP ${response.status}`, message = answer['Message'] ?? '' } = answer;
    const code = String(type).replace(/^.*#/, '');
    throw new CallError(code, `${target} at ${endpoint}: ${code}: ${String(message)}`);
  };
}

const ATTEMPTS = 6;

/**
 * On a busy machine an engine accepts a connection late or resets it. Until it has accepted one, nothing was
 * sent, so the call is safe to try again. After that, only calls that can be made twice are tried again.
 */
async function persist(
  endpoint: string,
  target: string,
  request: RequestInit,
  attempt = 1,
): Promise<Response> {
  try {
    return await fetch(endpoint, request);
  } catch (error) {
    const code = codeOf(error);
    const isSafe = code === 'UND_ERR_CONNECT_TIMEOUT' || (BROKEN_OFF.has(code) && REPEATABLE.test(target));
    if (attempt === ATTEMPTS || !isSafe) throw error;
    await new Promise((resolve) => setTimeout(resolve, attempt * WAIT_MS));
    return persist(endpoint, target, request, attempt + 1);
  }
}

const WAIT_MS = 100;
const BROKEN_OFF = new Set<unknown>(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const REPEATABLE = /\.(?:Get|List|Describe|Scan$|Query$|DeleteMessageBatch$|DeleteQueue$)/;

/** fetch reports every failure as "fetch failed"; the cause holds the code. */
function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}

/** Adds the address and the way out to fetch's own "fetch failed". */
function noAnswer(call: string, error: unknown): CallError {
  const cause = error instanceof Error ? error.cause : undefined;
  const why = codeOf(error) === 'ECONNREFUSED' ? 'nothing answers there' : reasonOf(cause ?? error);
  return new CallError('NoAnswer', `${call}: ${why}. Start that engine, or unset the variable that names it`);
}

/** Emulators require a signature but do not check it; some read the service from it. */
export function signatureFor(target: string): Record<string, string> {
  const service = target.startsWith('AmazonSQS') ? 'sqs' : 'dynamodb';
  return {
    'x-amz-date': '20260101T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=LOCAL/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
  };
}

const WORDS_SHOWN = 100;

/**
 * An answer without a body means that the call succeeded. One that is not JSON comes from another server on
 * that port.
 */
async function answerOf(response: Response, call: string): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (text.trim() === '') return {};
  const answer = parse(text);
  if (isRecord(answer)) return answer;
  const words = text.replace(/\s+/g, ' ').trim().slice(0, WORDS_SHOWN);
  throw new CallError(
    'NoJson',
    `${call} answered with status ${response.status}, which is no JSON: ${words}`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
