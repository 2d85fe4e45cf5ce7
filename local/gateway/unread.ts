/**
 * Messages in an answer that the caller did not read. A caller that stops waiting closes its connection;
 * messages that SQS handed out at that moment are in flight, but no function has them. AWS delivers such
 * messages again when their visibility timeout ends. Here the cause is a slow machine, not a lossy network,
 * so they become visible again at once. Answers that chaos cuts behave as on AWS.
 *
 * TCP shows whether an answer was read: closing a connection with unread data resets it, and a further
 * request on a connection means that the previous answer was read.
 */
import type { Socket } from 'node:net';
import * as v from 'valibot';
import type { Answer, Backend } from './call.ts';

export interface UnreadAnswers {
  /** A request arrived on this connection. */
  asked(socket: Socket): void;
  /** An answer is about to be sent on this connection, or the connection has already closed. */
  answered(socket: Socket, target: string, request: Buffer, answer: Answer): void;
}

const Asked = v.object({ QueueUrl: v.string() });
const Given = v.object({ Messages: v.optional(v.array(v.object({ ReceiptHandle: v.string() })), []) });

export function watchUnread(sqs: Backend): UnreadAnswers {
  // For each connection, the function that gives back the messages of its last answer.
  const last = new Map<Socket, (() => void) | undefined>();
  return {
    asked(socket) {
      if (!last.has(socket)) {
        socket.once('close', (hadError) => {
          if (hadError) last.get(socket)?.();
          last.delete(socket);
        });
        // A connection that closed before the answer looks like one that read it. Only a write can tell them
        // apart: it fails at once.
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
    answered(socket, target, request, answer) {
      if (!handsOut(target, answer)) return;
      const give = () => giveBack(sqs, request, answer);
      if (socket.destroyed) give();
      else last.set(socket, give);
    },
  };
}

/** Whether an answer may contain messages. */
export function handsOut(target: string, { status }: Answer): boolean {
  return target === 'AmazonSQS.ReceiveMessage' && status === 200;
}

/** Makes the messages of an answer visible. */
export function giveBack(sqs: Backend, request: Buffer, answer: Answer): void {
  const { QueueUrl } = v.parse(Asked, JSON.parse(request.toString()));
  const { Messages } = v.parse(Given, JSON.parse(answer.body.toString()));
  if (Messages.length === 0) return;
  const Entries = Messages.map(({ ReceiptHandle }, index) => {
    return { Id: String(index), ReceiptHandle, VisibilityTimeout: 0 };
  });
  const change = Buffer.from(JSON.stringify({ QueueUrl, Entries }));
  // At the end of a run the queue may be gone; then nothing is in flight either.
  sqs('AmazonSQS.ChangeMessageVisibilityBatch', change, new AbortController().signal).catch(() => undefined);
}
