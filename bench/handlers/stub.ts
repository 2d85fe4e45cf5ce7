/**
 * A server that accepts every call of SQS and DynamoDB at once, in a process of its own, so that the
 * functions' results include no work of a queue or table. It answers `GET /` with the number of calls so far,
 * and prints its port when it listens.
 */
import { createHash } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import * as v from 'valibot';

const HEAD_END = Buffer.from('\r\n\r\n');
const Sent = v.object({
  Entries: v.array(v.object({ Id: v.string(), MessageBody: v.optional(v.string(), '') })),
});

let calls = 0;

/** One request after another on each connection, as HTTP/1.1 clients send them. */
function serve(socket: Socket): void {
  let held = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const headEnd = held.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const head = held.toString('latin1', 0, headEnd).toLowerCase();
      const bodyBytes = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
      const end = headEnd + HEAD_END.length + bodyBytes;
      if (held.length < end) return;
      socket.write(answerTo(head, held.subarray(headEnd + HEAD_END.length, end)));
      held = held.subarray(end);
    }
  });
}

function answerTo(head: string, body: Buffer): string {
  if (head.startsWith('get ')) return http(String(calls));
  calls += 1;
  const target = /\r\nx-amz-target: *\w+\.(\w+)/.exec(head)?.[1] ?? '';
  return http(target === 'sendmessagebatch' || target === 'deletemessagebatch' ? taken(body) : '{}');
}

function taken(body: Buffer): string {
  const { Entries } = v.parse(Sent, JSON.parse(body.toString()));
  const Successful = Entries.map(({ Id, MessageBody }) => ({
    Id,
    MessageId: Id,
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
  }));
  return JSON.stringify({ Successful, Failed: [] });
}

function http(json: string): string {
  const head = ['HTTP/1.1 200 OK', 'x-amzn-requestid: r', 'content-type: application/x-amz-json-1.0'];
  return [...head, `content-length: ${Buffer.byteLength(json)}`, '', json].join('\r\n');
}

const server = createServer({ noDelay: true }, serve);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the stub has no port');
  process.stdout.write(`${address.port}\n`);
});
// Ends with the process that started it.
process.stdin.resume().on('end', () => process.exit());
