/**
 * node pipelines/follow/main.ts folder /var/log/shop positions.json
 * node pipelines/follow/main.ts tcp HOST PORT
 * node pipelines/follow/main.ts websocket URL
 *
 * Submits what it follows to the queue in REQUESTS_QUEUE_URL, until it is interrupted.
 */
import { createClient } from 'weir-pipelines/client';
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
await submitChunks(found(), client);
client.close();
