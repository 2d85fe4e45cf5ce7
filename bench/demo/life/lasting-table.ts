/** A DynamoDB whose table outlives a local run, as a table on AWS outlives a deployment of new code. */
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { isRecord } from '../../../functions/json.ts';
import type { Answer } from '../../../local/gateway/call.ts';
import { createEmbeddedDynamoDb } from '../../../local/storage/embedded-dynamodb.ts';

export interface LastingTable {
  /** Value for AWS_ENDPOINT_URL_DYNAMODB. */
  readonly endpoint: string;
  close(): void;
}

export async function startLastingTable(): Promise<LastingTable> {
  const dynamo = createEmbeddedDynamoDb(Date.now);
  /** By table name: the answer to the table's creation. */
  const made = new Map<string, Answer>();

  async function answerTo(target: string, body: Buffer): Promise<Answer> {
    const operation = target.split('.').at(-1);
    if (operation !== 'CreateTable' && operation !== 'DeleteTable')
      return dynamo.backend(target, body, new AbortController().signal);
    const name = nameIn(body);
    const known = made.get(name);
    if (operation === 'DeleteTable') return { ...ANSWERED, body: '{}' };
    if (known !== undefined) return known;
    const answer = await dynamo.backend(target, body, new AbortController().signal);
    made.set(name, answer);
    return answer;
  }

  const server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      const answer = await answerTo(String(request.headers['x-amz-target']), body);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      server.closeAllConnections();
      dynamo.close();
    },
  };
}

const ANSWERED = { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' } } as const;

function nameIn(body: Buffer): string {
  const request: unknown = JSON.parse(body.toString());
  return isRecord(request) ? String(request['TableName']) : '';
}
