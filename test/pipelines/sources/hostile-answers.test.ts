import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/errors.ts';
import { startOrigin } from '../../../local/origin.ts';
import { SAMPLE_LOG } from '../../../pipelines/sample-log.ts';
import { openLines } from '../../../pipelines/sources.ts';
import { collect, serve } from '../serve.ts';

/** Fault 19: the server answers, and its answer is the attack or the accident. */

const signal = new AbortController().signal;

const permanent: [way: string, reason: RegExp][] = [
  ['404', /answered 404/],
  ['redirects', /redirects more than 5 times/],
  ['inside', /refused: http:\/\/169\.254\.169\.254\/latest\/ is not at an origin/],
  ['page', /is of type text\/html/],
  ['garbage', /is not utf-8 text/],
  ['zeros', /holds zero bytes/],
  ['unframed', /neither a length nor chunks/],
  ['false-gzip', /is not sound gzip/],
  ['bomb', /has more than 1000000 bytes/],
  ['endless', /has more than 1000000 bytes/],
  ['long-line', /a line of more than 32768 characters/],
  ['charset', /has the charset utf-16/],
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

  test.each(retriable)('that may be mended by then is tried again: %s', async (way, reason) => {
    const error = await failureOf(way);
    expect(error).not.toBeInstanceOf(PermanentError);
    expect(String(error)).toMatch(reason);
    expect(String(error)).not.toContain('s3cret');
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

async function failureOf(way: string): Promise<unknown> {
  await using origin = await startOrigin({ file: SAMPLE_LOG, parts: 1, seed: 1 });
  const env = { WEIR_ALLOW_HOSTS: origin.allowHost, WEIR_SOURCE_BYTES_MAX: '1000000' };
  const lines = openLines(`${origin.badUrl(way)}?s3cret`, { signal, env });
  return await collect(lines).then(
    () => 'no failure',
    (error: unknown) => error,
  );
}
