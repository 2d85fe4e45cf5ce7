/**
 * Lines from a TCP socket, and messages from a WebSocket. Neither keeps data that was not received: lines
 * sent while this process is down, or before SQS has the current chunk, are lost. Use a queue or a stream if
 * that matters.
 */
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { type Chunk, createLineCutter } from './chunk.ts';
import { isRefused } from './dead-letter.ts';

const AGAIN_AFTER_MS = 1000;

export interface Tcp {
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
}

/**
 * Connects again when the other side has closed the connection. The socket is read no faster than chunks are
 * requested.
 */
export async function* tcpLines({ host, port, signal }: Tcp): AsyncGenerator<Chunk> {
  while (!signal.aborted) {
    const connection = randomUUID();
    const socket = connect({ host, port, signal });
    socket.setEncoding('utf8');
    const cut = createLineCutter();
    let number = 0;
    try {
      for await (const piece of socket) {
        const lines = cut(String(piece));
        if (lines.length === 0) continue;
        number += 1;
        yield { id: `${connection}/${number}`, source: 'tcp', lines };
      }
    } catch (error) {
      if (!signal.aborted) console.error(`${host}:${port}:`, error);
    }
    await wait(AGAIN_AFTER_MS, undefined, { signal }).catch(() => undefined);
  }
}

export interface Socket {
  readonly url: string;
  readonly signal: AbortSignal;
}

const LINES_AT_ONCE = 100;
const CHUNK_BYTES = 512 * 1024;

/**
 * Takes as many lines as fit a chunk. A line that is too large, or that SQS can never accept, is a chunk of
 * its own, so that no other line is set aside with it.
 */
function takeLines(waiting: string[]): string[] {
  let bytes = 0;
  const count = waiting.slice(0, LINES_AT_ONCE).findIndex((line, index) => {
    bytes += Buffer.byteLength(line);
    return index > 0 && (bytes > CHUNK_BYTES || isRefused(line) || isRefused(waiting[0]));
  });
  return waiting.splice(0, count < 0 ? LINES_AT_ONCE : count);
}

/** Each message is a line. A WebSocket has no backpressure, so waiting messages are in memory. */
export async function* webSocketLines({ url, signal }: Socket): AsyncGenerator<Chunk> {
  while (!signal.aborted) {
    const connection = randomUUID();
    const socket = new WebSocket(url);
    const close = () => socket.close();
    signal.addEventListener('abort', close);
    const waiting: string[] = [];
    let ended = false;
    let wake = () => {};
    socket.addEventListener('message', ({ data }) => {
      waiting.push(String(data));
      wake();
    });
    for (const event of ['close', 'error']) {
      socket.addEventListener(event, () => {
        ended = true;
        wake();
      });
    }
    for (let number = 1; !ended || waiting.length > 0; ) {
      const lines = takeLines(waiting);
      if (lines.length > 0) {
        yield { id: `${connection}/${number}`, source: 'web socket', lines };
        number += 1;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    signal.removeEventListener('abort', close);
    await wait(AGAIN_AFTER_MS, undefined, { signal }).catch(() => undefined);
  }
}
