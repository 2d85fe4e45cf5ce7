/**
 * The sender: messages wait a few milliseconds for others, because ten messages in one SendMessageBatch call cost as much as
 * one.
 *
 * A message counts as sent only when SQS lists it as successful. If the order of messages matters, the caller awaits each one
 * before it sends the next, so that two of them never share a call. SQS accepts or refuses each entry separately: if it refused
 * the first and accepted the second, their order would change.
 */

import { reasonOf } from '../errors.ts';
import { SQS_BATCH_BYTES_MAX, SQS_BATCH_ENTRIES_MAX } from '../limits.ts';
import { bytesOf } from '../outgoing-request.ts';
import type { Clock, Outbox, OutgoingMessage, Random, SendFailure } from '../ports.ts';
import type { EncodedMessage } from '../readings.ts';

/** Resolves when SQS has the message. Rejects if SQS may not have it. */
export type Send<Message extends OutgoingMessage = EncodedMessage> = (message: Message) => Promise<void>;

interface Waiting {
  readonly message: OutgoingMessage;
  readonly bytes: number;
  readonly sent: () => void;
  readonly failed: (error: Error) => void;
}

interface SenderPorts {
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: Random;
}

const SEND_TRIES_MAX = 4;
const RETRY_DELAY_MS = 50;

export function createSender(
  { outbox, clock, random }: SenderPorts,
  lingerMs: number,
  what = 'a message of readings',
): Send<OutgoingMessage> {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;

  function flush(): void {
    const batch = waiting;
    waiting = [];
    waitingBytes = 0;
    if (batch.length > 0) void deliver(batch);
  }

  async function deliver(batch: readonly Waiting[]): Promise<void> {
    let rest = batch;
    for (let attempt = 1; rest.length > 0; attempt += 1) {
      const failures = await sendOnce(rest);
      const again: Waiting[] = [];
      rest.forEach((entry, index) => {
        const failure = failures[index];
        if (failure === undefined) entry.sent();
        else if (failure.retriable && attempt < SEND_TRIES_MAX) again.push(entry);
        else entry.failed(new Error(`SQS refused ${what}: ${failure.reason}`));
      });
      rest = again;
      if (rest.length > 0) await clock.sleep(RETRY_DELAY_MS * 2 ** (attempt - 1) * (1 + random()));
    }
  }

  async function sendOnce(batch: readonly Waiting[]): Promise<readonly (SendFailure | undefined)[]> {
    try {
      return await outbox.sendBatch(batch.map((entry) => entry.message));
    } catch (error) {
      // Without an answer, SQS may have the messages. A retry is safe, because they keep their deduplication or request ids.
      const reason = reasonOf(error);
      return batch.map(() => ({ reason, retriable: true }));
    }
  }

  return (message) =>
    new Promise((sent, rejected) => {
      const bytes = bytesOf(message);
      if (waitingBytes + bytes > SQS_BATCH_BYTES_MAX) flush();
      waiting.push({ message, bytes, sent, failed: rejected });
      waitingBytes += bytes;
      if (waiting.length === SQS_BATCH_ENTRIES_MAX || lingerMs === 0) flush();
      else if (waiting.length === 1) {
        const opened = waiting;
        void clock.sleep(lingerMs).then(() => {
          if (waiting === opened) flush();
        });
      }
    });
}
