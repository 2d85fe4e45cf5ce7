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
  ])('is asked for at the host of its region: %s', async (bucket, host) => {
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      throw new Error('no name server here');
    };
    const lines = openLines(`s3://${bucket}/web/a.log`, { signal, env: credentials, resolve });
    await expect(collect(lines)).rejects.toThrow(`s3://${bucket}/web/a.log: no name server here`);
    expect(asked).toEqual([host]);
  });

  test.each([
    [403, true],
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
});

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
