/** A web server on 127.0.0.1 for one test, which records its connections. */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Served {
  readonly origin: string;
  readonly port: number;
  /** Resolves when every connection that was made so far is closed. */
  readonly closed: () => Promise<void>;
  readonly connections: () => number;
}

export function serve(listener: RequestListener): Promise<Served> {
  return listen(createServer(listener));
}

export function serveTcp(listener: (socket: Socket) => void): Promise<Served> {
  return listen(createTcpServer(listener));
}

async function listen(server: Server): Promise<Served> {
  const closing: Promise<void>[] = [];
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    closing.push(new Promise((resolve) => socket.once('close', () => resolve())));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    port: address.port,
    closed: async () => void (await Promise.all(closing)),
    connections: () => closing.length,
  };
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}
