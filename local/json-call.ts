/** Calls of the local run itself to an AWS-like endpoint, in the JSON protocol that SQS and DynamoDB share. */
import { isRecord } from '../functions/json.ts';

/** `target` is the operation with its service's prefix: DynamoDB_20120810.Scan. */
export type JsonCall = (
  target: string,
  body: unknown,
  signal?: AbortSignal,
) => Promise<Record<string, unknown>>;

export class CallError extends Error {
  /** ResourceInUseException and the like. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function createJsonCall(endpoint: string): JsonCall {
  return async (target, body, signal) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      ...(signal === undefined ? {} : { signal }),
      headers: {
        'x-amz-target': target,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-date': '20260101T000000Z',
        // Emulators want to see a signature, and do not check it.
        authorization: `AWS4-HMAC-SHA256 Credential=LOCAL/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json();
    if (response.ok && isRecord(answer)) return answer;
    const { __type: type = `HTTP ${response.status}`, message = '' } = isRecord(answer) ? answer : {};
    const code = String(type).replace(/^.*#/, '');
    throw new CallError(code, `${target} at ${endpoint}: ${code}: ${String(message)}`);
  };
}
