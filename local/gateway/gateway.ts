/**
 * The one door between the functions and SQS and DynamoDB: a server on 127.0.0.1 for the clients of a pipeline and for
 * commands, and message ports for Weir's own clients in the threads of functions. answering.ts has what happens to a call.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { MessagePort } from 'node:worker_threads';
import { createAnswering, type GatewayOptions, type HandleCall } from './answering.ts';
import type { Answer } from './call.ts';
import { openFunctionPorts } from './function-port.ts';
import { type UnreadAnswers, watchUnread } from './unread.ts';

export interface Gateway {
  readonly url: string;
  /** Returns the other end of a new port, for the thread of a function. */
  connect(): MessagePort;
  close(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const handle = createAnswering(options);
  const ports = openFunctionPorts(handle, options.sqs);
  const unread = watchUnread(options.sqs);
  const server = createServer((request, response) => {
    answerHttp(request, response, handle, unread).catch((error: unknown) => {
      // The backend is gone or broken. The caller sees a lost connection, and the SDK tries again.
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  // The SDK keeps its connections open. If we closed one just as it sends, the call would fail.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    connect: ports.connect,
    close: () =>
      new Promise((resolve) => {
        ports.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  handle: HandleCall,
  unread: UnreadAnswers,
): Promise<void> {
  const { socket } = request;
  unread.asked(socket);
  // A command that finds the file of a run checks its process: the process id may have been reused.
  const { method = 'GET', url: path = '/' } = request;
  if (method === 'GET' && path === '/') {
    return send(response, { status: 200, headers: {}, body: JSON.stringify({ process: process.pid }) });
  }
  const target = String(request.headers['x-amz-target'] ?? '');
  const body = await bodyOf(request);
  const { authorization = '' } = request.headers;
  const answer = await handle({ method, path, target, authorization, body, signal: signalOf(response) });
  if (answer === undefined) return void response.destroy();
  send(response, answer);
  unread.answered(socket, target, body, answer);
}

function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    // After the answer nothing uses the signal, and an abort is costly because it creates an error with a
    // stack.
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
