/**
 * node pipelines/follow/main.ts folder /var/log/shop positions.json
 * node pipelines/follow/main.ts tcp HOST PORT
 * node pipelines/follow/main.ts websocket URL
 *
 * Submits the lines that it follows to the queue in REQUESTS_QUEUE_URL until it is interrupted. Chunks that SQS can never
 * accept go to the queue in DEAD_LETTER_QUEUE_URL.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createClient } from 'weir-pipelines/client';
import type { DeadLetter } from './dead-letter.ts';
import { followFolder } from './follow-folder.ts';
import { tcpLines, webSocketLines } from './socket-lines.ts';
import { submitChunks } from './submit-chunks.ts';

const interrupted = new AbortController();
const { signal } = interrupted;
process.once('SIGINT', () => interrupted.abort());

const [kind, first = '', second = ''] = process.argv.slice(2);
const kinds = {
  folder: () => followFolder({ folder: first, positionsFile: second, signal }),
  tcp: () => tcpLines({ host: first, port: Number(second), signal }),
  websocket: () => webSocketLines({ url: first, signal }),
};
const found = Object.entries(kinds).find(([name]) => name === kind)?.[1];
if (found === undefined) throw new Error('say what to follow: folder, tcp or websocket');
const client = createClient({
  requestsQueueUrl: process.env['REQUESTS_QUEUE_URL'] ?? '',
  tableName: process.env['STATE_TABLE'] ?? 'none is read',
});
const sqs = new SQSClient();
const setAside = ({ id, reason, body }: DeadLetter) =>
  sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env['DEAD_LETTER_QUEUE_URL'],
      MessageBody: body,
      MessageAttributes: Object.fromEntries(
        Object.entries({ id, reason, stage: 'feed', attempts: '1' }).map(([name, StringValue]) => [
          name,
          { DataType: 'String', StringValue },
        ]),
      ),
    }),
  );
await submitChunks(found(), { client, setAside });
client.close();
sqs.destroy();
