/**
 * Attempts at a request whose source has limits. SQS counts receives, and most of them may be no attempts: the request was
 * given back because its source could not be read yet. So the table counts the attempts, and only when needed: never for a
 * first delivery, and for a second and third one only if it fails.
 *
 * From the fourth delivery on an attempt is counted before it begins, because it may end its function. The count is reduced
 * again if it was no attempt.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { READS_TOGETHER } from '../limits.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';

export interface AttemptStore {
  /** By message id; 0 when none were counted. */
  load(messageId: string): Promise<number>;
  /** How many there are then. `sentAt` (epoch ms) says how long it need be kept. */
  add(messageId: string, attempts: 1 | -1, sentAt: number): Promise<number>;
}

export interface Counted {
  /** The message with the number of this attempt as its receive count. */
  readonly message: IncomingMessage;
  /** It is no attempt: the request was given back. */
  takeBack(): Promise<void>;
  /** It was one, and failed. */
  failed(): Promise<void>;
}

export async function countAttempt(given: IncomingMessage, store: AttemptStore): Promise<Counted> {
  const { messageId, receiveCount, sentAt } = given;
  const earlier = Number(given.attributes[REQUEST_ATTRIBUTES.tried] ?? 0) || 0;
  const add = (attempts: 1 | -1) => store.add(messageId, attempts, sentAt);
  const counted = (before: number, isCounted: boolean): Counted => ({
    message: { ...given, receiveCount: earlier + before + 1 },
    // What cannot be written now makes the count wrong by one: it counts a little more, or a little less.
    takeBack: async () => {
      if (isCounted) await add(-1).catch(() => undefined);
    },
    failed: async () => {
      if (!isCounted) await add(1).catch(() => undefined);
    },
  });
  if (receiveCount === 1) return counted(0, false);
  try {
    return receiveCount <= READS_TOGETHER
      ? counted(await store.load(messageId), false)
      : counted((await add(1)) - 1, true);
  } catch {
    // Not known is none: it is not given up over what could not be read.
    return counted(0, false);
  }
}
