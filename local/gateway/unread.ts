/**
 * Messages in an answer that nobody read. A caller that gives up waiting closes its connection: what SQS handed out in
 * that moment is in flight, and no function has it. AWS gives such messages out again when their visibility timeout ends.
 * Here it is this machine that is slow, not a network that loses answers, so they are visible again at once. Answers that
 * chaos cuts are as on AWS.
 *
 * TCP tells: a connection that is closed with something unread is reset. The next request on it says that the answer
 * before was read.
 */
import type { Socket } from 'node:net';
import * as v from 'valibot';

/** As in gateway.ts: what SQS answers, and how it is asked. */
interface Answer {
  readonly status: number;
  readonly body: string | Buffer;
}
type Ask = (target: string, body: Buffer, signal: AbortSignal) => Promise<Answer>;

export interface UnreadAnswers {
  /** A request has come on this connection. */
  asked(socket: Socket): void;
  /** An answer is to go, or would have gone, to this connection. */
  answered(socket: Socket, operation: string, request: Buffer, answer: Answer): void;
}

const Asked = v.object({ QueueUrl: v.string() });
const Given = v.object({ Messages: v.optional(v.array(v.object({ ReceiptHandle: v.string() })), []) });

export function watchUnread(sqs: Ask): UnreadAnswers {
  // Of each connection, what gives back the messages of its last answer.
  const last = new Map<Socket, (() => void) | undefined>();
  const giveBack = async (request: Buffer, answer: Answer): Promise<void> => {
    const { QueueUrl } = v.parse(Asked, JSON.parse(request.toString()));
    const { Messages } = v.parse(Given, JSON.parse(answer.body.toString()));
    if (Messages.length === 0) return;
    const Entries = Messages.map(({ ReceiptHandle }, index) => {
      return { Id: String(index), ReceiptHandle, VisibilityTimeout: 0 };
    });
    const change = Buffer.from(JSON.stringify({ QueueUrl, Entries }));
    await sqs('AmazonSQS.ChangeMessageVisibilityBatch', change, new AbortController().signal);
  };
  return {
    asked(socket) {
      if (!last.has(socket)) {
        socket.once('close', (hadError) => {
          if (hadError) last.get(socket)?.();
          last.delete(socket);
        });
        // One that was closed before the answer came ends like one that read it. Only a write tells: it fails at once.
        socket.prependOnceListener('end', () => {
          const give = last.get(socket);
          if (give === undefined) return;
          socket.write('\n', (error) => {
            if (error == null) return;
            last.delete(socket);
            give();
          });
        });
      }
      last.set(socket, undefined);
    },
    answered(socket, operation, request, answer) {
      if (operation !== 'ReceiveMessage' || answer.status !== 200) return;
      // At the end of a run there may be no queue any more; then nothing is in flight, either.
      const give = () => void giveBack(request, answer).catch(() => undefined);
      if (socket.destroyed) give();
      else last.set(socket, give);
    },
  };
}
