/** The SDK's client on a DynamoDB of this process: its calls go to the backend, without a socket between them. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Backend } from '../gateway/gateway.ts';

export function clientOf(backend: Backend): DynamoDBClient {
  return new DynamoDBClient({
    endpoint: 'http://dynamodb.invalid',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      async handle({ headers, body }: { headers: Record<string, string>; body: string }) {
        const target = headers['x-amz-target'] ?? '';
        const answer = await backend(target, Buffer.from(body), new AbortController().signal);
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
