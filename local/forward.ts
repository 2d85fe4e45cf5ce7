/** Passes calls on to an endpoint, byte for byte, over connections that are kept. */
import { Agent, request } from 'node:http';
import type { Backend } from './gateway.ts';

/** What the SDK looks at in an answer. */
const HEADERS = ['content-type', 'x-amz-crc32', 'x-amzn-requestid', 'x-amzn-query-error'] as const;

export function forwardTo(endpoint: string): { backend: Backend; close(): void } {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  if (protocol !== 'http:')
    throw new Error(`endpoint ${endpoint}: the local run speaks to http:// endpoints only`);
  const agent = new Agent({ keepAlive: true });
  const options = { agent, hostname, port: port || 80, path: pathname, method: 'POST' };
  const backend: Backend = (target, body) =>
    new Promise((resolve, reject) => {
      const call = request(
        {
          ...options,
          headers: {
            'x-amz-target': target,
            'content-type': 'application/x-amz-json-1.0',
            'content-length': body.length,
            'x-amz-date': '20260101T000000Z',
            authorization:
              'AWS4-HMAC-SHA256 Credential=LOCAL/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const headers: Record<string, string> = {};
            for (const name of HEADERS) {
              const value = response.headers[name];
              if (typeof value === 'string') headers[name] = value;
            }
            resolve({ status: response.statusCode ?? 500, headers, body: Buffer.concat(chunks) });
          });
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  return { backend, close: () => agent.destroy() };
}
