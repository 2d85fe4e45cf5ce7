/** The samples of sources, each in a local run with a server, a folder or a database on this machine. */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createClient } from 'weir-pipelines/client';
import { accessKeyOf, OPERATOR } from '../../local/gateway/call.ts';
import { type Run, startRun } from '../../local/run.ts';
import type { Chunk } from '../../pipelines/follow/chunk.ts';
import { followFolder } from '../../pipelines/follow/follow-folder.ts';
import { tcpLines, webSocketLines } from '../../pipelines/follow/socket-lines.ts';
import { submitChunks } from '../../pipelines/follow/submit-chunks.ts';
import { temporaryDirectory } from '../local/tiny-stack.ts';

async function start(file: string, env: Record<string, string> = {}): Promise<Run> {
  const run = await startRun({ pipeline: { file }, env });
  onTestFinished(() => run.stop());
  return run;
}

const states = async (run: Run) =>
  Object.fromEntries((await run.items()).map(({ key, state }) => [key, JSON.parse(state ?? 'null')]));

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  // Who reads from it may leave before the end.
  server.on('connection', (socket: Socket) => socket.on('error', () => undefined));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('the sample of pages reads each page once more when it fails, and no page before it', {
  timeout: 1_200_000,
}, async () => {
  const PAGES = 12;
  const asked: number[] = [];
  const server = createHttpServer(({ url = '' }, response) => {
    const page = Number(new URL(url, 'http://shop').searchParams.get('page'));
    asked.push(page);
    if (page === 3 && asked.filter((each) => each === 3).length === 1) {
      response.writeHead(500).end();
      return;
    }
    const articles = Array.from({ length: 10 }, () => ({ shop: `shop ${page % 2}`, cents: page }));
    response.end(JSON.stringify({ articles, next: page === PAGES ? null : page + 1 }));
  });
  const run = await start('pipelines/pages.ts');
  await run.submit([{ body: JSON.stringify({ url: `http://127.0.0.1:${await portOf(server)}/articles` }) }]);
  await run.stack.atRest();
  expect(await states(run)).toEqual({
    'shop 0': { articles: 60, cents: 420 },
    'shop 1': { articles: 60, cents: 360 },
  });
  expect(asked).toEqual([1, 2, 3, ...Array.from({ length: PAGES - 2 }, (_, n) => n + 3)]);
});

test('the sample of rows reads a table to its end by a cursor, each row once', {
  timeout: 1_200_000,
}, async () => {
  const file = join(temporaryDirectory(), 'entries.db');
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE entries (id INTEGER PRIMARY KEY, account TEXT, amount INTEGER)');
  const insert = database.prepare('INSERT INTO entries VALUES (?, ?, ?)');
  // Ids with gaps, as they are where rows were deleted.
  for (let n = 1; n <= 1234; n += 1) insert.run(n * 3, `a${n % 4}`, n);
  database.close();
  const run = await start('pipelines/rows.ts', { ROWS_DATABASE: file });
  await run.submit([{ body: '{"after":0}' }]);
  await run.stack.atRest();
  const all = Object.values(await states(run));
  expect(all.reduce((sum, { rows }) => sum + rows, 0)).toBe(1234);
  expect(all.reduce((sum, { amount }) => sum + amount, 0)).toBe((1234 * 1235) / 2);
});

describe('a followed folder', () => {
  const follow = (folder: string, positionsFile: string) => {
    const ended = new AbortController();
    const chunks = followFolder({ folder, positionsFile, signal: ended.signal, everyMs: 5 });
    onTestFinished(async () => {
      ended.abort();
      await chunks.return(undefined);
    });
    return { chunks, end: () => ended.abort() };
  };
  const place = () => {
    const base = temporaryDirectory();
    const folder = join(base, 'logs');
    mkdirSync(folder);
    return { folder, log: join(folder, 'shop.log'), positions: join(base, 'positions.json') };
  };
  const take = async (chunks: AsyncGenerator<Chunk>): Promise<Chunk> => {
    const { value } = await chunks.next();
    if (value === undefined) throw new Error('it has ended');
    return value;
  };

  test('gives whole lines, goes on behind a rotation under both names, and begins anew behind a truncation', async () => {
    const { folder, log, positions } = place();
    writeFileSync(log, 'one\ntwo\nthr');
    const { chunks } = follow(folder, positions);
    expect((await take(chunks)).lines).toEqual(['one', 'two']);
    appendFileSync(log, 'ee\n');
    expect((await take(chunks)).lines).toEqual(['three']);

    appendFileSync(log, 'the last of the old\n');
    renameSync(log, `${log}.1`);
    writeFileSync(log, 'the first of the new\n');
    const rotated = [...(await take(chunks)).lines, ...(await take(chunks)).lines];
    expect(rotated.sort()).toEqual(['the first of the new', 'the last of the old']);

    truncateSync(log);
    const pending = take(chunks);
    appendFileSync(log, 'after\n');
    expect((await pending).lines).toEqual(['after']);
  });

  test('gives the same chunk under the same id again when its process ended before SQS had it, and another one after that', async () => {
    const { folder, log, positions } = place();
    writeFileSync(log, 'one\n');
    const first = follow(folder, positions);
    const chunk = await take(first.chunks);
    first.end();

    const second = follow(folder, positions);
    expect(await take(second.chunks)).toEqual(chunk);
    appendFileSync(log, 'two\n');
    const next = await take(second.chunks);
    expect(next.lines).toEqual(['two']);
    expect(next.id).not.toBe(chunk.id);
    second.end();
    await second.chunks.next();

    appendFileSync(log, 'three\n');
    expect((await take(follow(folder, positions).chunks)).lines).toEqual(['three']);
  });
});

/** As small a WebSocket server as there can be: it says these texts and ends. https://datatracker.ietf.org/doc/html/rfc6455 */
function webSocketServer(texts: readonly string[]): Server {
  const server = createHttpServer();
  server.on('upgrade', ({ headers }, socket) => {
    socket.on('error', () => {}); // A reader may end before it has taken everything.
    const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    for (const text of texts) socket.write(frameOf(text));
    socket.end(Buffer.from([0x88, 0]));
  });
  return server;
}

function frameOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length < 126) return Buffer.concat([Buffer.from([0x81, bytes.length]), bytes]);
  const head = Buffer.alloc(10);
  head.set([0x81, 127]);
  head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

test('a message of a WebSocket that SQS can never take is set aside with its position, and what comes behind it goes on', async () => {
  const large = 'x'.repeat(1_100_000);
  const half = 'y'.repeat(300_000);
  const texts = ['first', large, half, half, half, 'not a character: \uffff', 'last'];
  const port = await portOf(webSocketServer(texts));
  const ended = new AbortController();
  const { signal } = ended;
  const sent: string[] = [];
  const letters: { id: string; reason: string; body: string }[] = [];
  let refusals = 2;
  const client = {
    submit: async ([request]: readonly { id?: string; body: Omit<Chunk, 'id'> }[]) => {
      const lines = request?.body.lines ?? [];
      expect(Buffer.byteLength(JSON.stringify(request?.body))).toBeLessThan(1_000_000);
      sent.push(...lines.map((line) => line.slice(0, 5)));
      if (lines.includes('last')) ended.abort();
      return { accepted: [request?.id ?? ''], refused: [], unknown: [] };
    },
  };
  const setAside = async (letter: (typeof letters)[number]) => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('SQS is away');
    letters.push(letter);
  };
  await submitChunks(webSocketLines({ url: `ws://127.0.0.1:${port}`, signal }), { client, setAside }, 1);
  expect(sent).toEqual(['first', 'yyyyy', 'yyyyy', 'yyyyy', 'last']);
  expect(letters.map(({ reason }) => reason)).toEqual([
    'it has 1100036 bytes, SQS takes 1044480 of a chunk',
    'it has characters that SQS does not take',
  ]);
  expect(letters.map(({ id, body }) => JSON.parse(body).position === id)).toEqual([true, true]);
  expect(letters[0]?.id).toMatch(/^[0-9a-f-]{36}\/2$/);
});

test('the sample of lines counts what was followed in a folder, on a socket and on a WebSocket', {
  timeout: 1_200_000,
}, async () => {
  const run = await start('pipelines/lines.ts');
  const credentials = { accessKeyId: accessKeyOf(OPERATOR), secretAccessKey: 'local' };
  const sqs = new SQSClient({ endpoint: run.stack.gatewayUrl, region: 'us-east-1', credentials });
  onTestFinished(() => sqs.destroy());
  const requestsQueueUrl = run.stack.plan.queues.find(({ id }) => id === 'RequestsQueue')?.url ?? '';
  const client = createClient<never, Omit<Chunk, 'id'>>({ requestsQueueUrl, tableName: 'none is read', sqs });

  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'a.log'), 'a\nb\n');
  const tcp = createServer((socket) => socket.end('one\r\ntwo\nthree\nhalf a line'));
  const port = await portOf(tcp);
  const web = await portOf(webSocketServer(['first', 'second']));
  const ended = new AbortController();
  const { signal } = ended;
  const positionsFile = join(temporaryDirectory(), 'positions.json');
  const sources = {
    folder: followFolder({ folder, positionsFile, signal }),
    tcp: tcpLines({ host: '127.0.0.1', port, signal }),
    'web socket': webSocketLines({ url: `ws://127.0.0.1:${web}`, signal }),
  };
  const following = Object.values(sources).map((chunks) =>
    submitChunks(chunks, { client, setAside: () => Promise.reject(new Error('nothing is set aside')) }),
  );
  const of = async (source: string) => (await states(run))[source]?.lines ?? 0;
  const enough = async () =>
    (await of('folder')) >= 2 && (await of('tcp')) >= 3 && (await of('web socket')) >= 2;
  while (!(await enough())) await new Promise((tick) => setTimeout(tick, 50));
  ended.abort();
  await Promise.all(following);
  await run.stack.atRest();
  expect((await states(run))['folder']).toEqual({ lines: 2, last: 'b' });
  // Both servers say the same at each connection.
  expect((await of('tcp')) % 3).toBe(0);
  expect((await of('web socket')) % 2).toBe(0);
});
