/**
 * SQS's protocol on a port of 127.0.0.1, for tests with the real SDK. The local run has its own gateway,
 * which calls protocol.ts directly.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { SqsAnswer, SqsRequest } from '../../local/gateway/sqs/protocol.ts';

export interface SqsServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function serveSqs(answer: (request: SqsRequest) => Promise<SqsAnswer>): Promise<SqsServer> {
  const server = createServer((request, response) => {
    respond(answer, request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error(`no port but ${address}`);
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function respond(
  answer: (request: SqsRequest) => Promise<SqsAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // As the gateway of a local run: by it a command tells whether the run of a file is still up.
  if (request.method === 'GET') return void response.end(JSON.stringify({ process: process.pid }));
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const target = String(request.headers['x-amz-target'] ?? '');
  const { status, headers, body } = await answer({ target, body: parse(chunks), signal: gone.signal });
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/** What is not JSON is refused by the protocol, which wants a structure. */
function parse(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
