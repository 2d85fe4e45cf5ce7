/**
 * The dead letters of a local run, read without receiving them, so that watching never hides a message from a
 * redrive. The content of a letter leaves the process only on request.
 */

import type { ListedMessage } from '../../model/queue/types.ts';
import { type Content, contentOf } from '../../operate/dead-content.ts';
import { groupDead } from '../../operate/dead-groups.ts';
import { type DeadLetter, deadReadingIn, deadRequestIn } from '../../operate/dead-letter.ts';
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

/** Numbers of dead letters by reason, and of readings by key. */
export function groupsOf(letters: readonly DeadLetter[]) {
  const reasons = groupDead(letters, reasonShown).map(({ place, name, letters: count }) => {
    return { place, reason: name, count };
  });
  const readings = letters.filter(({ place }) => place === 'readings');
  const byKey = groupDead(readings, ({ key }) => key).map(({ name, holds }) => [name, holds] as const);
  return { reasons: reasons.slice(0, REASONS_MAX), byKey: byKey.slice(0, KEYS_MAX) };
}

const REASONS_MAX = 20;
/** More keys than the page shows. */
const KEYS_MAX = 1_000;

/** The content of a dead letter; the page requests one at a time. */
export function deadLetterContent(watched: Watched, id: string): Content {
  const letter = deadLetters(watched).find((each) => each.id === id);
  if (letter === undefined) throw new Refusal(404, 'it is no dead letter any more');
  return contentOf(letter);
}

function toDeadMessage(message: ListedMessage): DeadMessage {
  const { messageId, body, group, sentAt, receiveCount, attributes } = message;
  return { messageId, receiptHandle: '', body, group, sentAt, receiveCount, attributes };
}
