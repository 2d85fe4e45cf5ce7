/**
 * Counts the attempts at a request whose source has limits. SQS counts receives, but most receives may be no attempts: the
 * request went back to the queue because its source could not be read yet. So the table counts the attempts, and only when
 * needed: never at a first delivery, and at the second and third one only if the read fails.
 *
 * From the fourth delivery on, an attempt is counted before it begins, because it may end its function. If it turns out to be
 * no attempt, the count is reduced again.
 */
import type { IncomingMessage } from '../incoming-message.ts';
import { READS_TOGETHER } from '../limits.ts';
import { REQUEST_ATTRIBUTES } from '../requests.ts';

export interface AttemptStore {
  /** The counted attempts of a message; 0 if there are none. */
  load(messageId: string): Promise<number>;
  /** Returns the new count. `sentAt` (epoch ms) determines when the count expires. */
  add(messageId: string, attempts: 1 | -1, sentAt: number): Promise<number>;
}

export interface Counted {
  /** The message with the number of this attempt as its receive count. */
  readonly message: IncomingMessage;
  /** Call this if it was no attempt, because the request goes back to the queue. */
  takeBack(): Promise<void>;
  /** Call this if the attempt failed. */
  failed(): Promise<void>;
}

export async function countAttempt(given: IncomingMessage, store: AttemptStore): Promise<Counted> {
  const { messageId, receiveCount, sentAt } = given;
  const earlier = Number(given.attributes[REQUEST_ATTRIBUTES.tried] ?? 0) || 0;
  const add = (attempts: 1 | -1) => store.add(messageId, attempts, sentAt);
  const counted = (before: number, isCounted: boolean): Counted => ({
    message: { ...given, receiveCount: earlier + before + 1 },
    // If the write fails, the count is wrong by one, which does no harm.
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
    // If the count is unknown, assume none: a request must not be set aside because the table could not be read.
    return counted(0, false);
  }
}
