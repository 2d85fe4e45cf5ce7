import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { getPinned } from '../../pipelines/sources/get.ts';
import { openLines } from '../../pipelines/sources.ts';
import { collect, serve, serveTcp } from './serve.ts';

const never = new AbortController().signal;
const TEXT = 'first\nsecond, of two words\r\n\nüber\nlast without an end';
const LINES = ['first', 'second, of two words', '', 'über', 'last without an end'];

describe('the lines of a source', () => {
  const bodies: [what: string, headers: Record<string, string>, body: Buffer][] = [
    ['plain', { 'content-type': 'text/plain' }, Buffer.from(TEXT)],
    ['without a type', {}, Buffer.from(TEXT)],
    ['latin1', { 'content-type': 'text/plain; charset="ISO-8859-1"' }, Buffer.from(TEXT, 'latin1')],
    ['packed for the transfer', { 'content-encoding': 'gzip' }, gzipSync(TEXT)],
    ['stored packed', { 'content-type': 'binary/octet-stream' }, gzipSync(TEXT)],
    ['stored packed, packed again', { 'content-encoding': 'gzip' }, gzipSync(gzipSync(TEXT))],
    ['stored packed in two members', {}, Buffer.concat([gzipSync('first\nsec'), gzipSync(TEXT.slice(9))])],
  ];

  test.each(bodies)('arrive whole and in order: %s', async (_what, headers, body) => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
    });
    expect(await read(origin)).toEqual(LINES);
  });

  test.each([
    ['content-encoding', ''],
    ['content-encoding', ' , '],
    ['content-encoding', 'aws-chunked'],
    ['content-encoding', 'gzip,aws-chunked'],
    ['content-encoding', 'AWS-Chunked, GZip, ,'],
    ['content-encoding', 'identity'],
    ['content-encoding', 'x-gzip'],
    ['content-encoding', 'utf-8'],
    ['content-encoding', 'br'],
    ['content-type', 'application/x-www-form-urlencoded'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'text/plain; charset=klingon'],
    ['content-type', ''],
  ])('are what the bytes are, whatever the headers say: %s: %s', async (header, value) => {
    for (const body of [Buffer.from(TEXT), gzipSync(TEXT), Buffer.from(TEXT, 'latin1')]) {
      const { origin } = await serve((_request, response) => {
        response.writeHead(200, { 'content-length': body.length, [header]: value }).end(body);
      });
      expect(await read(origin)).toEqual(LINES);
    }
  });

  test('of a packing that is not known are refused, and the header that says so is named', async () => {
    const { origin } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'br' }).end(Buffer.from('\x01\x02\x03\x04'));
    });
    await expect(read(origin)).rejects.toThrow(/neither text nor gzip: its Content-Encoding header/);
  });

  test('arrive whole and in order, however the bytes are cut on the way', async () => {
    for (const body of [Buffer.from(TEXT), gzipSync(TEXT)]) {
      const { origin } = await serve(async (_request, response) => {
        for (const byte of body) {
          // One packet for each byte: a character, a line end and the gzip mark are all cut somewhere.
          await new Promise<void>((done) => response.write(Buffer.of(byte), () => setImmediate(done)));
        }
        response.end();
      });
      expect(await read(origin)).toEqual(LINES);
    }
  });

  test('an empty body has none', async () => {
    const { origin } = await serve((_request, response) => void response.writeHead(200).end());
    expect(await read(origin)).toEqual([]);
  });

  test('arrive through redirects, each of which is checked', async () => {
    const target = await serve((_request, response) => void response.writeHead(200).end(TEXT));
    const { origin } = await serve(({ url = '' }, response) => {
      const hop = Number(url.slice(1));
      response.writeHead(302, { location: hop < 5 ? `/${hop + 1}` : target.origin }).end();
    });
    const env = { WEIR_ALLOW_HOSTS: `${origin}, ${target.origin}` };
    expect(await collect(openLines(`${origin}/2`, { signal: never, env }))).toEqual(LINES);
    await expect(read(`${origin}/5`)).rejects.toThrow('refused');
    expect(target.connections()).toBe(1);
  });

  test('are given up after five redirects', async () => {
    const { origin, connections } = await serve((_request, response) => {
      response.writeHead(307, { location: '/' }).end();
    });
    await expect(read(origin)).rejects.toThrow('redirects more than 5 times');
    expect(connections()).toBe(6);
  });

  test('arrive as they are sent: the first is here while the last is not written yet', async () => {
    const { promise: firstWasRead, resolve: goOn } = Promise.withResolvers<void>();
    const { origin } = await serve(async (_request, response) => {
      response.write('first\n');
      await firstWasRead;
      response.end('last\n');
    });
    const lines = openLines(origin, { signal: never, env: { WEIR_ALLOW_HOSTS: origin } });
    expect((await lines.next()).value).toBe('first');
    goOn();
    expect(await collect(lines)).toEqual(['last']);
  });
});

describe('an aborted read', () => {
  const stalls: [what: string, listener: Parameters<typeof serve>[0]][] = [
    ['before the answer', () => undefined],
    ['in the middle of the body', (_request, response) => void response.write('first\n')],
    [
      'in the middle of a packed body',
      (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        const gzip = createGzip();
        gzip.pipe(response);
        gzip.write('first\n');
        gzip.flush();
      },
    ],
  ];

  test.each(stalls)(
    'ends with the reason of the abort and closes its connection: %s',
    async (_what, listener) => {
      const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
      const { origin, closed, connections } = await serve((request, response) => {
        ask();
        return listener(request, response);
      });
      const controller = new AbortController();
      const reason = new Error('the time of this read is up');
      const reading = collect(
        openLines(origin, { signal: controller.signal, env: { WEIR_ALLOW_HOSTS: origin } }),
      );
      asked.then(() => setTimeout(() => controller.abort(reason), 20));
      await expect(reading).rejects.toBe(reason);
      await closed();
      expect(connections()).toBe(1);
    },
  );

  test.each(stalls.slice(1))(
    'leaving the loop early closes the connection, too: %s',
    async (_what, listener) => {
      const { origin, closed } = await serve(listener);
      for await (const line of openLines(origin, { signal: never, env: { WEIR_ALLOW_HOSTS: origin } })) {
        expect(line).toBe('first');
        break;
      }
      await closed();
    },
  );

  test.each([
    ['at once', (abort: () => void) => abort()],
    ['later', (abort: () => void) => setImmediate(abort)],
  ])('ends while the name is still being looked up: %s', async (_when, schedule) => {
    const controller = new AbortController();
    const resolve = () => {
      schedule(() => controller.abort(new Error('the time of this read is up')));
      return new Promise<never>(() => undefined);
    };
    const env = { WEIR_ALLOW_HOSTS: 'logs.example.org' };
    const reading = collect(
      openLines('https://logs.example.org/', { signal: controller.signal, env, resolve }),
    );
    await expect(reading).rejects.toThrow('the time of this read is up');
  });

  test('makes no connection when it is aborted before it begins', async () => {
    const { origin, connections } = await serve(() => undefined);
    const env = { WEIR_ALLOW_HOSTS: origin };
    await expect(collect(openLines(origin, { signal: AbortSignal.abort(), env }))).rejects.toThrow('abort');
    expect(connections()).toBe(0);
  });
});

describe('a connection', () => {
  test('goes to the address that was checked, whatever the name resolves to later', async () => {
    const { port } = await serve((request, response) => void response.end(request.headers.host));
    // No name server knows this name: only the pinned address can have been used.
    const url = new URL(`http://rebinding.invalid:${port}/`);
    const response = await getPinned(url, [{ address: '127.0.0.1', family: 4 }], never);
    expect(await response.setEncoding('utf8').toArray()).toEqual([`rebinding.invalid:${port}`]);
  });

  test('asks for the certificate of the name, not of the address', async () => {
    const { promise: hello, resolve: greet } = Promise.withResolvers<Buffer>();
    const { port } = await serveTcp((socket) => {
      socket.once('data', (data: Buffer) => {
        greet(data);
        socket.destroy();
      });
    });
    const url = new URL(`https://pinned.invalid:${port}/`);
    const get = getPinned(url, [{ address: '127.0.0.1', family: 4 }], never);
    await expect(get).rejects.toThrow();
    expect((await hello).includes('pinned.invalid')).toBe(true);
  });

  test('is resolved once for each URL, so that a second answer cannot differ', async () => {
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      return [{ address: asked.length === 1 ? '10.0.0.1' : '93.184.216.34', family: 4 }];
    };
    const env = { WEIR_ALLOW_HOSTS: 'logs.example.org' };
    const reading = collect(openLines('https://logs.example.org/', { signal: never, env, resolve }));
    await expect(reading).rejects.toThrow('not public');
    expect(asked).toEqual(['logs.example.org']);
  });
});

function read(url: string): Promise<string[]> {
  return collect(openLines(url, { signal: never, env: { WEIR_ALLOW_HOSTS: new URL(url).origin } }));
}
