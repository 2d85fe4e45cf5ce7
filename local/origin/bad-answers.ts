/** The ways in which a server can fail its readers, by name, for tests and experiments. */
import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

export function misbehave(name: string, response: ServerResponse): void {
  const way = Object.hasOwn(ways, name) ? ways[name] : undefined;
  if (way === undefined) response.writeHead(404).end();
  else way(response);
}

const TEXT = { 'content-type': 'text/plain' };

const ways: Record<string, (response: ServerResponse) => void> = {
  /** Accepts the request and never answers. */
  hang: () => undefined,
  /** Answers, sends one line and then nothing more. */
  stall: (response) => {
    response.writeHead(200, { ...TEXT, 'content-length': 1_000 });
    response.write('the first line\n');
  },
  redirects: (response) => response.writeHead(302, { location: '/bad/redirects' }).end(),
  /** Redirects to the address at which clouds hand out credentials. */
  inside: (response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
  500: (response) => response.writeHead(500, TEXT).end('down for an hour\n'),
  404: (response) => response.writeHead(404, TEXT).end('not here\n'),
  429: (response) => response.writeHead(429, TEXT).end('too many\n'),
  /** An error page with a success status. */
  page: (response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Be right back</h1>\n'),
  garbage: (response) =>
    response
      .writeHead(200, TEXT)
      .end(Buffer.from(Uint8Array.from({ length: 4_096 }, (_, i) => (i * 167) % 256))),
  zeros: (response) => response.writeHead(200, TEXT).end(Buffer.alloc(4_096)),
  /** Ends before the announced length. */
  short: (response) => {
    response.writeHead(200, { ...TEXT, 'content-length': 1_000 });
    response.write('the first line\n', () => response.destroy());
  },
  /** Has neither a length nor chunks, so a reader cannot tell whether the body is complete. */
  unframed: (response) => {
    response.useChunkedEncodingByDefault = false;
    response.removeHeader('transfer-encoding');
    response.writeHead(200, { ...TEXT, connection: 'close' });
    response.end('the first line\n');
  },
  /** A truncated gzip in a body of the right length. */
  'short-gzip': (response) => {
    const packed = gzipSync('a line\n'.repeat(1_000));
    response
      .writeHead(200, { ...TEXT, 'content-encoding': 'gzip' })
      .end(packed.subarray(0, packed.length - 12));
  },
  /** Declares gzip but sends text. */
  'false-gzip': (response) => response.writeHead(200, { ...TEXT, 'content-encoding': 'gzip' }).end('plain\n'),
  /** Expands a thousandfold when unpacked, and never ends. */
  bomb: (response) => {
    response.writeHead(200, { 'content-type': 'application/gzip' });
    pipeline(
      Readable.from(forEver(gzipSync('a line of no interest\n'.repeat(50_000)))),
      response,
      () => undefined,
    );
  },
  endless: (response) => {
    response.writeHead(200, TEXT);
    pipeline(
      Readable.from(forEver(Buffer.from('a line of no interest\n'.repeat(1_000)))),
      response,
      () => undefined,
    );
  },
  'long-line': (response) => response.writeHead(200, TEXT).end('x'.repeat(40_000)),
  charset: (response) =>
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-16' }).end('text\n'),
};

function* forEver(chunk: Buffer): Generator<Buffer> {
  while (true) yield chunk;
}
