/** An SDK client for the DynamoDB of this process: its calls go to the backend without a socket. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Backend } from '../gateway/call.ts';

export function clientOf(backend: Backend): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: 'http://dynamodb.invalid',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      async handle({ headers, body }: { headers: Record<string, string>; body: string | Uint8Array }) {
        const target = headers['x-amz-target'] ?? '';
        const answer = await backend(target, bytesOf(body), new AbortController().signal);
        return {
          response: {
            statusCode: answer.status,
            headers: answer.headers,
            body: new Blob([answer.body.toString()]).stream(),
          },
        };
      },
      destroy() {},
    },
  });
}

/**
 * Uses the bytes directly: asked for its value, the SDK's body converts itself to text and warns on stderr.
 */
function bytesOf(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}
