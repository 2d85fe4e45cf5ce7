/** Passes calls on to an endpoint, byte for byte, over kept connections. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Backend } from './call.ts';
import { signatureFor } from './json-call.ts';

/** The headers of an answer that the SDK reads. */
const HEADERS = ['content-type', 'x-amz-crc32', 'x-amzn-requestid', 'x-amzn-query-error'] as const;

export function forwardTo(endpoint: string): { backend: Backend; close(): void } {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const { Agent, request } = protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true });
  const options = {
    agent,
    hostname,
    port: port || (protocol === 'https:' ? 443 : 80),
    path: pathname,
    method: 'POST',
  };
  const backend: Backend = (target, body) =>
    new Promise((resolve, reject) => {
      const call = request(
        {
          ...options,
          headers: {
            'x-amz-target': target,
            'content-type': 'application/x-amz-json-1.0',
            'content-length': body.length,
            ...signatureFor(target),
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

/** Functions hold the gateway's URLs of the queues; the endpoint has other URLs for them. */
export function withQueueUrls(backend: Backend, urls: () => ReadonlyMap<string, string>): Backend {
  return (target, body, signal) => {
    let text = body.toString();
    for (const [own, there] of urls())
      text = text.replace(`"QueueUrl":${JSON.stringify(own)}`, `"QueueUrl":${JSON.stringify(there)}`);
    return backend(target, Buffer.from(text), signal);
  };
}
