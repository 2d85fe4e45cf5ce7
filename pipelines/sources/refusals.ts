/**
 * An answer other than 200 as an error: one that passes, and is tried again, or one that no retry can mend.
 *
 * What passes is not only the server's own fault. A right or a credential that is missing is the operator's, who
 * mends it while the requests wait: fourteen attempts over 77 minutes are there for it.
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
 * S3 says in the body what the status only hints at.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export async function checkS3Status(response: IncomingMessage, url: URL): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status === 200) return response;
  const code = await codeOf(response);
  response.destroy();
  const known = PASSING.has(code) || PERMANENT.has(code);
  const passes = known ? PASSING.has(code) : passesByStatus(status);
  // Only a code out of the lists is repeated: what else is in the body is not for logs.
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
 * Of the 400s: credentials and rights, timeout, conflict, misdirected, locked, too early, too many. Of the 500s all
 * but "not implemented" and "version not supported", which say the same of every such request.
 */
function passesByStatus(status: number): boolean {
  if (status >= 500) return status !== 501 && status !== 505;
  return [401, 403, 407, 408, 409, 421, 423, 425, 429].includes(status);
}

const BODY_BYTES_MAX = 8_192;

/** '' if there is none. It stands at the beginning of the document. */
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
    // The status alone has to do.
  }
  return '';
}

/** Each attempt signs with the time of its own, so a clock that goes on being wrong is refused each time. */
function clockOf(code: string, { headers }: IncomingMessage): string {
  if (code !== 'RequestTimeTooSkewed') return '';
  const seconds = Math.round((Date.now() - Date.parse(headers.date ?? '')) / 1_000);
  if (!Number.isFinite(seconds) || seconds === 0) return ': the clock of this function is wrong';
  return `: the clock of this function is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of S3`;
}

function refusal(message: string, passes: boolean): Error {
  return passes ? new Error(message) : new PermanentError(message);
}
