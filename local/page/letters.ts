/**
 * The dead letters of a local run, read without receiving them, so that watching never hides a message from a
 * redrive. The content of a letter leaves the process only on request.
 */

import type { ListedMessage } from '../../model/queue/types.ts';
import { type DeadLetter, type DeadPlace, deadReadingIn, deadRequestIn } from '../../operate/dead-letter.ts';
import type { DeadMessage } from '../../operate/dead-queue.ts';
import { Refusal } from './answer.ts';
import type { Watched } from './watched.ts';

/** Newest first. Batches of outputs that no write accepted come last, because they have no time. */
export function deadLetters({ run: { stack } }: Watched): DeadLetter[] {
  const requests = stack.queue('RequestsDeadLetterQueue').list().map(toDeadMessage).map(deadRequestIn);
  const readings = stack.queue('ReadingsDeadLetterQueue').list().map(toDeadMessage).map(deadReadingIn);
  return [...requests, ...readings].sort((a, b) => (b.sentAt ?? 0) - (a.sentAt ?? 0));
}

/** The part of a reason that the page shows and identifies it by. */
export function reasonShown({ reason }: Pick<DeadLetter, 'reason'>): string {
  return reason.slice(0, REASON_LENGTH_MAX);
}

const REASON_LENGTH_MAX = 500;

export interface ReasonCount {
  readonly place: DeadPlace;
  readonly reason: string;
  readonly count: number;
}

/** Number of letters for each place and reason, largest first. */
export function byReason(letters: readonly DeadLetter[]): ReasonCount[] {
  const groups = Map.groupBy(letters, (letter) => `${letter.place} ${reasonShown(letter)}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [{ place: first.place, reason: reasonShown(first), count: group.length }];
    })
    .sort((a, b) => b.count - a.count);
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
