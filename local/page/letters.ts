/**
 * The dead letters of a local run, looked at without receiving them: so that watching never hides a message from a
 * redrive. What a letter holds leaves this machine's memory only when it is asked for.
 */

import type { ListedMessage } from '../../model/queue/types.ts';
import { type DeadLetter, deadReadingIn, deadRequestIn } from '../../operate/dead-letter.ts';
import type { DeadMessage } from '../../operate/dead-queue.ts';
import { Refusal } from './answer.ts';
import type { Watched } from './watched.ts';

/** Newest first. Batches of outputs that no write took come last: they have no time of their own. */
export function deadLetters({ run: { stack } }: Watched): DeadLetter[] {
  const requests = stack.queue('RequestsDeadLetterQueue').list().map(toDeadMessage).map(deadRequestIn);
  const readings = stack.queue('ReadingsDeadLetterQueue').list().map(toDeadMessage).map(deadReadingIn);
  return [...requests, ...readings].sort((a, b) => (b.sentAt ?? 0) - (a.sentAt ?? 0));
}

export function deadLetterBody(watched: Watched, id: string): { id: string; body: string } {
  const letter = deadLetters(watched).find((each) => each.id === id);
  if (letter === undefined) throw new Refusal(404, 'it is no dead letter any more');
  return { id, body: letter.body };
}

function toDeadMessage(message: ListedMessage): DeadMessage {
  const { messageId, body, group, sentAt, receiveCount, attributes } = message;
  return { messageId, receiptHandle: '', body, group, sentAt, receiveCount, attributes };
}
