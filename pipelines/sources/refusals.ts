/**
 * Turns an answer other than 200 into an error: a temporary one, which is tried again, or a permanent one.
 *
 * Temporary errors are not only the server's own. Missing permissions and credentials are for the operator to
 * fix while the requests wait: fourteen attempts over 77 minutes leave time for that.
 */
import type { IncomingMessage } from 'node:http';
import { PermanentError } from 'weir-pipelines';
import { nameOf } from './rules.ts';

export async function checkStatus(response: IncomingMessage, url: URL): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  response.destroy();
  throw refusal(`${nameOf(url.href)} answered ${status}`, passesByStatus(status));
}

/**
 * S3's body says more than the status. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export async function checkS3Status(response: IncomingMessage, url: URL): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  const code = await codeOf(response);
  response.destroy();
  const known = PASSING.has(code) || PERMANENT.has(code);
  const passes = known ? PASSING.has(code) : passesByStatus(status);
  // Only a known code is repeated; the rest of the body must not be logged.
  throw refusal(
    `${nameOf(url.href)} answered ${status}${known ? ` ${code}` : ''}${clockOf(code, response)}`,
    passes,
  );
}

const PASSING = new Set([
  'AccessDenied',
  'AccountProblem',
  'Busy',
  'ExpiredToken',
  'InternalError',
  'InvalidAccessKeyId',
  'InvalidToken',
  'KMS.DisabledException',
  'KMS.KMSInvalidStateException',
  'NotSignedUp',
  'OperationAborted',
  'RequestExpired',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'RequestTimeTooSkewed',
  'RequestTimeout',
  'ServiceUnavailable',
  'SignatureDoesNotMatch',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TokenRefreshRequired',
  'TooManyRequests',
]);

const PERMANENT = new Set([
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'InvalidArgument',
  'InvalidBucketName',
  'InvalidObjectState',
  'InvalidRequest',
  'InvalidURI',
  'KeyTooLongError',
  'MethodNotAllowed',
  'NoSuchBucket',
  'NoSuchKey',
  'NoSuchVersion',
  'NotImplemented',
  'PermanentRedirect',
]);

/**
 * Temporary 400s: credentials and permissions, timeout, conflict, misdirected, locked, too early, too many.
 * All 500s except "not implemented" and "version not supported", which hold for every such request.
 */
function passesByStatus(status: number): boolean {
  if (status >= 500) return status !== 501 && status !== 505;
  return [401, 403, 407, 408, 409, 421, 423, 425, 429].includes(status);
}

const BODY_BYTES_MAX = 8_192;

/** The code near the beginning of the document; '' if there is none. */
async function codeOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      const [, code] = /<Code>\s*([A-Za-z.]{1,64})\s*<\/Code>/.exec(text) ?? [];
      if (code !== undefined) return code;
      if (text.length > BODY_BYTES_MAX) break;
    }
  } catch {
    // The status alone must do.
  }
  return '';
}

/** Each attempt signs with its own time, so a clock that stays wrong is refused each time. */
function clockOf(code: string, { headers }: IncomingMessage): string {
  if (code !== 'RequestTimeTooSkewed') return '';
  const seconds = Math.round((Date.now() - Date.parse(headers.date ?? '')) / 1_000);
  if (!Number.isFinite(seconds) || seconds === 0) return ': the clock of this function is wrong';
  return `: the clock of this function is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of S3`;
}

function refusal(message: string, passes: boolean): Error {
  return passes ? new Error(message) : new PermanentError(message);
}
