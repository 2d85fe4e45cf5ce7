import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { openLines } from '../../../pipelines/sources.ts';
import { collect, serve } from '../serve.ts';

const { signal } = new AbortController();
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const credentials = {
  AWS_REGION: 'eu-north-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: 'a-session-token',
  WEIR_ALLOW_S3: 'logs-bucket/web/, my.dotted.bucket/',
};

describe('an S3 object', () => {
  test.each([
    ['a plain key', 's3://logs-bucket/web/access.log', '/logs-bucket/web/access.log'],
    [
      'a key of awkward characters',
      "s3://logs-bucket/web/a b+c?d=%2F('é')!*",
      '/logs-bucket/web/a%20b%2Bc%3Fd%3D%252F%28%27%C3%A9%27%29%21%2A',
    ],
    ['a key with an empty segment', 's3://logs-bucket/web//a', '/logs-bucket/web//a'],
  ])('is asked for with a signature that S3 can check: %s', async (_what, url, path) => {
    const requests: IncomingMessage[] = [];
    const { origin } = await serve((request, response) => {
      requests.push(request);
      response.end('first\nlast');
    });
    const env = { ...credentials, AWS_ENDPOINT_URL_S3: origin };
    expect(await collect(openLines(url, { signal, env }))).toEqual(['first', 'last']);
    const [request] = requests;
    expect(request?.url).toBe(path);
    expect(request?.headers['x-amz-security-token']).toBe('a-session-token');
    expect(request?.headers.authorization).toBe(request && expectedAuthorization(request));
  });

  test.each([
    ['logs-bucket', 'logs-bucket.s3.eu-north-1.amazonaws.com'],
    // The certificate would not cover a name with more dots.
    ['my.dotted.bucket', 's3.eu-north-1.amazonaws.com'],
    // Each partition of AWS has a domain of its own.
    ['logs-bucket', 'logs-bucket.s3.cn-north-1.amazonaws.com.cn'],
    ['logs-bucket', 'logs-bucket.s3.us-gov-west-1.amazonaws.com'],
    ['logs-bucket', 'logs-bucket.s3.us-iso-east-1.c2s.ic.gov'],
    ['logs-bucket', 'logs-bucket.s3.us-isob-east-1.sc2s.sgov.gov'],
    ['logs-bucket', 'logs-bucket.s3.us-isof-south-1.csp.hci.ic.gov'],
    ['logs-bucket', 'logs-bucket.s3.eu-isoe-west-1.cloud.adc-e.uk'],
    ['logs-bucket', 'logs-bucket.s3.eusc-de-east-1.amazonaws.eu'],
  ])('is asked for at the host of its region: %s, %s', async (bucket, host) => {
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      throw new Error('no name server here');
    };
    const [, region = ''] = /s3\.([^.]+)/.exec(host) ?? [];
    const env = { ...credentials, AWS_REGION: region };
    const lines = openLines(`s3://${bucket}/web/a.log`, { signal, env, resolve });
    await expect(collect(lines)).rejects.toThrow(`s3://${bucket}/web/a.log: no name server here`);
    expect(asked).toEqual([host]);
  });

  test.each([
    [400, true],
    [403, false],
    [404, true],
    [301, true],
    [500, false],
    [503, false],
  ])('whose answer is %i fails for good: %s', async (status, permanent) => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(status, { location: 'http://169.254.169.254/' }).end('<Error/>');
    });
    const env = { ...credentials, AWS_ENDPOINT_URL_S3: origin };
    const error: unknown = await collect(openLines('s3://logs-bucket/web/a', { signal, env })).catch(
      (e) => e,
    );
    expect(String(error)).toContain(`answered ${status}`);
    expect(error instanceof PermanentError).toBe(permanent);
    expect(String(error)).not.toContain(SECRET);
  });

  test.each([
    ['ExpiredToken', 400],
    ['InvalidToken', 400],
    ['TokenRefreshRequired', 400],
    ['RequestTimeout', 400],
    ['KMS.DisabledException', 400],
    ['RequestTimeTooSkewed', 403],
    ['AccessDenied', 403],
    ['InvalidAccessKeyId', 403],
    ['SignatureDoesNotMatch', 403],
    ['OperationAborted', 409],
    ['InternalError', 500],
    ['SlowDown', 503],
  ])('that is refused for a reason that passes is tried again: %s', async (code, status) => {
    const error = await refused(status, code);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(String(error)).toContain(`answered ${status} ${code}`);
  });

  test.each([
    ['NoSuchKey', 404],
    ['NoSuchBucket', 404],
    ['InvalidObjectState', 403],
    ['AllAccessDisabled', 403],
    ['MethodNotAllowed', 405],
    ['InvalidRequest', 400],
    ['PermanentRedirect', 301],
    ['NotImplemented', 501],
    // Whatever the status is.
    ['NoSuchKey', 500],
  ])('that is refused for good is given up: %s', async (code, status) => {
    const error = await refused(status, code);
    expect(error).toBeInstanceOf(PermanentError);
    expect(String(error)).toContain(`answered ${status} ${code}`);
  });

  test('that is refused because of a wrong clock says by how much it is wrong', async () => {
    const date = (ms: number) => ({ date: new Date(Date.now() + ms).toUTCString() });
    expect(String(await refused(403, 'RequestTimeTooSkewed', date(3_600_000)))).toMatch(
      /clock of this function is 3[56]\d\d s behind that of S3/,
    );
    expect(String(await refused(403, 'RequestTimeTooSkewed', date(-3_600_000)))).toMatch(
      /clock of this function is 3[56]\d\d s ahead of that of S3/,
    );
  });

  test('whose refusal says something else is told by its status alone, and not quoted', async () => {
    const error = await refused(403, 'c4n4ry');
    expect(String(error)).toMatch(/answered 403$/);
    expect(error).not.toBeInstanceOf(PermanentError);
  });
});

async function refused(status: number, code: string, headers: Record<string, string> = {}): Promise<unknown> {
  const { origin } = await serve((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/xml', ...headers });
    response.end(
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>c4n4ry</Message></Error>`,
    );
  });
  const env = { ...credentials, AWS_ENDPOINT_URL_S3: origin };
  return collect(openLines('s3://logs-bucket/web/a', { signal, env })).catch((error) => error);
}

/** Signature version 4 computed from what arrived, step by step as the documentation of S3 has it. */
function expectedAuthorization({ method, url, headers }: IncomingMessage): string {
  const names = ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'];
  const time = String(headers['x-amz-date']);
  const scope = `${time.slice(0, 8)}/eu-north-1/s3/aws4_request`;
  const canonical = [
    method,
    url,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
  ];
  const request = sha256([...canonical, sha256('')].join('\n'));
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, request].join('\n')).toString('hex');
  const credential = `${credentials.AWS_ACCESS_KEY_ID}/${scope}`;
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
