import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { startOrigin } from '../../../local/origin/slow-server.ts';
import { SAMPLE_LOG } from '../../../pipelines/sample-log.ts';
import { openLines } from '../../../pipelines/sources.ts';
import { collect, serve } from '../serve.ts';

/** The server answers, and its answer is the attack or the accident. */

const signal = new AbortController().signal;

const permanent: [way: string, reason: RegExp][] = [
  ['404', /answered 404/],
  ['redirects', /redirects more than 5 times/],
  ['inside', /refused: http:\/\/169\.254\.169\.254\/latest\/ is not at an origin/],
  ['page', /is a page/],
  ['garbage', /is neither text nor gzip/],
  ['unframed', /neither a length nor chunks/],
  ['bomb', /has more than 1000000 bytes/],
  ['endless', /has more than 1000000 bytes/],
];

const retriable: [way: string, reason: RegExp][] = [
  ['500', /answered 500/],
  ['429', /answered 429/],
  ['short', /broke off after 15 bytes, before 1000 bytes/],
  ['short-gzip', /gzip data breaks off/],
];

describe('a hostile answer', () => {
  test.each(permanent)('ends the read for good, with its reason: %s', async (way, reason) => {
    const error = await failureOf(way);
    expect(error).toBeInstanceOf(PermanentError);
    expect(String(error)).toMatch(reason);
  });

  test.each(retriable)('that may be right the next time is tried again: %s', async (way, reason) => {
    const error = await failureOf(way);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(String(error)).toMatch(reason);
    expect(String(error)).not.toContain('s3cret');
  });

  test.each([
    ['zeros', ['\0']],
    ['long-line', ['x'.repeat(40_000)]],
    ['false-gzip', ['plain']],
    ['charset', ['text']],
  ])('that only looks wrong is read, and costs a line at most: %s', async (way, lines) => {
    await using origin = await startOrigin({ file: SAMPLE_LOG, parts: 1, seed: 1 });
    const env = { WEIR_ALLOW_HOSTS: origin.allowHost };
    expect(await collect(openLines(origin.badUrl(way), { signal, env }))).toEqual(lines);
  });

  test.each([401, 403, 407, 408, 409, 421, 423, 425, 429, 500, 502, 503, 504])(
    'whose cause is not the request is tried again: %i',
    async (status) => {
      const error = await answered(status);
      expect(error).not.toBeInstanceOf(PermanentError);
      expect(String(error)).toContain(`answered ${status}`);
    },
  );

  test.each([400, 402, 404, 405, 406, 410, 411, 414, 416, 451, 501, 505])(
    'that will be the same next time ends the read for good: %i',
    async (status) => {
      expect(await answered(status)).toBeInstanceOf(PermanentError);
    },
  );

  test('is not quoted: a reason names the header, not what is in it', async () => {
    const marks = 'c4n4ry';
    for (const headers of [
      { 'content-type': `text/html; charset=${marks}; ${marks}` },
      { 'content-encoding': marks, 'content-type': marks },
      { location: `${marks}://${marks}/${marks}` },
    ]) {
      const { origin } = await serve((_request, response) => {
        response.writeHead('location' in headers ? 302 : 200, headers).end(Buffer.alloc(600, 1));
      });
      const error = await collect(openLines(origin, { signal, env: { WEIR_ALLOW_HOSTS: origin } })).catch(
        (e) => e,
      );
      expect(error).toBeInstanceOf(PermanentError);
      expect(String(error)).not.toContain(marks);
    }
  });

  test('a server that is not there is tried again, and named', async () => {
    const { origin } = await serve(() => undefined);
    const gone = origin.replace(/\d+$/, '1');
    const read = collect(openLines(`${gone}/a?s3cret`, { signal, env: { WEIR_ALLOW_HOSTS: gone } }));
    await expect(read).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1\/a: .*ECONNREFUSED/);
  });

  test('a length above the cap is refused before the body is read', async () => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000_001 }).flushHeaders();
    });
    const env = { WEIR_ALLOW_HOSTS: origin, WEIR_SOURCE_BYTES_MAX: '1000000' };
    await expect(collect(openLines(origin, { signal, env }))).rejects.toThrow('more than 1000000 bytes');
  });

  test('gzip in gzip is counted after each unpacking', async () => {
    const bomb = gzipSync(gzipSync('a line of no interest\n'.repeat(100_000)));
    const { origin } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    const env = { WEIR_ALLOW_HOSTS: origin, WEIR_SOURCE_BYTES_MAX: '1000000' };
    await expect(collect(openLines(origin, { signal, env }))).rejects.toThrow('more than 1000000 bytes');
  });
});

async function answered(status: number): Promise<unknown> {
  const { origin } = await serve((_request, response) => void response.writeHead(status).end('<Error/>'));
  return collect(openLines(origin, { signal, env: { WEIR_ALLOW_HOSTS: origin } })).catch((error) => error);
}

async function failureOf(way: string): Promise<unknown> {
  await using origin = await startOrigin({ file: SAMPLE_LOG, parts: 1, seed: 1 });
  const env = { WEIR_ALLOW_HOSTS: origin.allowHost, WEIR_SOURCE_BYTES_MAX: '1000000' };
  const lines = openLines(`${origin.badUrl(way)}?s3cret`, { signal, env });
  return await collect(lines).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
